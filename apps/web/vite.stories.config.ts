import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page of component states by itself: for tests, never for users. `npm run dev` serves it at /stories.html. */
export default defineConfig({
  plugins: [react()],
  build: { target: "es2023", rolldownOptions: { input: "stories.html" } },
  worker: { format: "es" },
});
