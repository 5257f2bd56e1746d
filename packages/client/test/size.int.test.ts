import { resolve } from "node:path";
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
