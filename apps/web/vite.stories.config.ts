import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { diagramPage } from "./diagram/diagram-page.ts";

/** The page of component states by itself: for tests, never for users. `npm run dev` serves it at /stories.html. */
export default defineConfig({
  plugins: [react(), diagramPage()],
  build: { target: "es2023", rolldownOptions: { input: "stories.html" } },
  worker: { format: "es" },
});
