import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const NAME = "diagram.html";
const require = createRequire(import.meta.url);

/**
 * `/diagram.html`: a page that holds what it needs to draw a diagram, and asks for nothing. It is framed without an
 * origin, and a browser may tell `Origin: null` with whatever such a frame asks for, which the gateway refuses.
 */
export function diagramPage(): Plugin {
  return {
    name: "diagram-page",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: NAME, source: page() });
    },
    configureServer({ middlewares }) {
      middlewares.use(`/${NAME}`, (_request, response) => {
        response.setHeader("Content-Type", "text/html; charset=utf-8").end(page());
      });
    },
  };
}

function page(): string {
  const scripts = [require.resolve("@mermaid-js/tiny"), fileURLToPath(new URL("draw.js", import.meta.url))].map(
    inlined,
  );
  return readFileSync(new URL("page.html", import.meta.url), "utf8")
    .replace("<!-- policy -->", () => `<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}" />`)
    .replace("<!-- scripts -->", () => scripts.map((script) => `<script>${script}</script>`).join("\n"));
}

/** The scripts run by their hashes: no other one, and no handler in a drawing. */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'unsafe-inline'; img-src data:`;
}

/** @throws {Error} for what would not come out of a page as it went in. */
function inlined(file: string): string {
  const script = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  if (/<\/?script|[\r\0]/i.test(script)) throw new Error(`${file} cannot stand in a page.`);
  return script;
}
