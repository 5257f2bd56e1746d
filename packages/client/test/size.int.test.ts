import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "rolldown";
import { describe, expect, it } from "vitest";

const LIMIT = 12 * 1024;

/** An entry with all it needs, as a browser loads it. */
async function bundled(entry: string): Promise<{ gzip: number; modules: string[] }> {
  const { output } = await build({
    input: resolve(import.meta.dirname, "../src", entry),
    platform: "browser",
    write: false,
    output: { minify: true },
  });
  const { code, modules } = output[0];
  const kept = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { gzip: gzipSync(code, { level: 9 }).length, modules: kept.map(([id]) => id) };
}

describe.each(["index.ts", "sse.ts"])("%s in a browser", (entry) => {
  it("takes at most 12 KiB, and nothing but this package and the protocol's fold: no schemas, nothing of Node", async () => {
    const { gzip, modules } = await bundled(entry);
    expect(gzip).toBeLessThanOrEqual(LIMIT);
    expect(modules.filter((id) => !/\/packages\/(?:client|protocol)\/src\//u.test(id))).toEqual([]);
  });
});

/** Says which files a Node program loads that imports its argument. */
const LOADS = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
await import(process.argv[1]);
console.log(JSON.stringify(loaded));
`;

it.each(["index.ts", "sse.ts"])("%s loads no schemas in Node either, where nobody shakes the tree", (entry) => {
  const { href } = pathToFileURL(resolve(import.meta.dirname, "../src", entry));
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", LOADS, href], { encoding: "utf8" });
  const files = JSON.parse(loaded) as string[];
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((url) => !/\/packages\/(?:client|protocol)\/src\//u.test(url))).toEqual([]);
});
