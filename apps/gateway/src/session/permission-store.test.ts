import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermissionStore } from "./permission-store.ts";

let data_dir: string;
let damaged: unknown[];
beforeEach(() => {
  data_dir = mkdtempSync(join(tmpdir(), "millrace-permissions-"));
  damaged = [];
});
afterEach(() => rmSync(data_dir, { recursive: true, force: true }));

const opened = (): PermissionStore => {
  let ids = 0;
  const seen = (error: unknown): number => damaged.push(error);
  return new PermissionStore({ data_dir, ids: () => `p${++ids}`, now: () => 5, damaged: seen });
};
const file = (): string => join(data_dir, "permissions.json");
const given = { user_id: "u", tool: "bash", pattern: "git status*", workspace: "/w", fingerprint: "f" };

describe("PermissionStore", () => {
  it("ASK-7: what was added is there after a restart, for its user only, in a file that nobody else reads", async () => {
    await opened().add(given);
    const store = opened();
    expect(store.list("u")).toEqual([{ id: "p1", ...given, created_at: 5 }]);
    expect(store.list("other")).toEqual([]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file()}.new`)).toBe(false);
  });

  it("ASK-7: what was taken back is gone, also after a restart; nobody takes back what is another's", async () => {
    const store = opened();
    await store.add(given);
    expect(await store.remove("other", "p1")).toBe(false);
    expect(await store.remove("u", "p2")).toBe(false);
    expect(opened().list("u")).toHaveLength(1);
    expect(await store.remove("u", "p1")).toBe(true);
    expect([store.list("u"), opened().list("u")]).toEqual([[], []]);
  });

  it("many at once are all kept, and the same one once", async () => {
    const store = opened();
    const patterns = Array.from({ length: 20 }, (_, index) => `p ${index}`);
    await Promise.all([...patterns, ...patterns].map((pattern) => store.add({ ...given, pattern })));
    expect(
      opened()
        .list("u")
        .map(({ pattern }) => pattern),
    ).toEqual(patterns);
  });

  it.each(["", "{", "[]", '{"version":2,"permissions":[]}', '{"version":1,"permissions":[{"id":1}]}'])(
    "a file that says %j allows nothing and is put aside",
    async (text) => {
      writeFileSync(file(), text);
      const store = opened();
      expect(store.list("u")).toEqual([]);
      expect(damaged).toHaveLength(1);
      expect(readFileSync(`${file()}.damaged`, "utf8")).toBe(text);
      await store.add(given);
      expect(opened().list("u")).toHaveLength(1);
    },
  );

  it("a permission that could not be stored is said so, and the next one is stored", async () => {
    const store = opened();
    rmSync(data_dir, { recursive: true });
    writeFileSync(data_dir, "not a folder");
    await expect(store.add(given)).rejects.toThrow();
    rmSync(data_dir);
    await store.add({ ...given, tool: "fetch_url" });
    expect(opened().list("u")).toHaveLength(2);
  });
});
