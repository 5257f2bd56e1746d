import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { diagramPage } from "./diagram/diagram-page.ts";

const gateway = "http://127.0.0.1:8000";

/** `dist` is served by the gateway at `/`; in development the gateway is reached through a proxy. */
export default defineConfig({
  plugins: [react(), diagramPage()],
  build: { target: "es2023", modulePreload: { polyfill: false } },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: gateway, ws: true } } },
});
