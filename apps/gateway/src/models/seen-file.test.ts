import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SeenFile } from "./seen-file.ts";

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "millrace-seen-")), "seen.json");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true }));

it("remembers over restarts, whole at every moment, for its owner only", async () => {
  const first = new SeenFile(path);
  expect(await first.get("a")).toBe(null);
  await Promise.all([first.set("a", "1"), first.set("b", "2"), first.set("__proto__", "3"), first.set("a", "4")]);
  const second = new SeenFile(path);
  expect(await Promise.all(["a", "b", "__proto__", "c"].map((key) => second.get(key)))).toEqual(["4", "2", "3", null]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("T26: a file that cannot be read counts as nothing seen", async () => {
  writeFileSync(path, '{"a":');
  const seen = new SeenFile(path);
  expect(await seen.get("a")).toBe(null);
  await seen.set("a", "1");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ a: "1" });
});
