import type { ServerResponse } from "node:http";
import { resolve } from "node:path";

/**
 * `Content-Security-Policy` of the page that diagrams, which a model wrote, are drawn in: no origin, nothing to ask
 * anybody for, nobody but the interface around it. The page narrows its scripts to their hashes by itself.
 */
const POLICY = [
  "sandbox allow-scripts",
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join(";");

/** @param folder of the built UI @returns to be called with the file that is really sent */
export function diagramHeaders(folder: string): (response: ServerResponse, file: string) => void {
  const page = resolve(folder, "diagram.html");
  return (response, file) => {
    if (file === page) response.setHeader("Content-Security-Policy", POLICY);
  };
}
