import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../..");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** The page of component states, built and served: for tests, its own copy. */
export class StoriesPage implements AsyncDisposable {
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async build(): Promise<StoriesPage> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-stories-"));
    const vite = join(ROOT, "node_modules/vite/bin/vite.js");
    const options = ["build", "apps/web", "-c", "apps/web/vite.stories.config.ts", "--outDir", folder, "--emptyOutDir"];
    await promisify(execFile)(process.execPath, [vite, ...options], { cwd: ROOT });
    const server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? "/", "http://here").pathname);
      readFile(join(folder, path)).then(
        (body) => response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream").end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    return new StoriesPage(`http://127.0.0.1:${port}/stories.html`, async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(folder, { recursive: true, force: true });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
