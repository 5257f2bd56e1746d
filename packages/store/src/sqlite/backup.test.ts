import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { delta, NEW, readAll } from "../contract/given.ts";
import { renewEpochs, restoreBackup } from "./backup.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { openSqliteStore } from "./threaded-store.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "millrace-backup-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ event: delta(from + index, "text ".repeat(100)) }));

const epochs = async (store: SqliteStore): Promise<(string | undefined)[]> =>
  Promise.all(["s0", "s1"].map(async (session_id) => (await store.sessions.get(session_id))?.epoch));

describe("a backup", () => {
  it("is taken while the log grows, holds one moment of it, and nobody else may read it", async () => {
    const data = folder();
    const store = await openSqliteStore(data);
    for (let batch = 0; batch < 20; batch += 1)
      await store.append([{ session_id: "s0", create: NEW, entries: entries(batch * 100, 100) }]);
    const file = join(data, "backups", "one.db");
    const growing = Promise.all([
      store.backup(file),
      ...Array.from({ length: 20 }, () =>
        store.append([
          { session_id: "s0", entries: entries(0, 50) },
          { session_id: "s1", create: NEW, entries: entries(0, 50) },
        ]),
      ),
    ]);
    await growing;
    await store.close();
    expect(readdirSync(join(data, "backups"))).toEqual(["one.db"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const restored = folder();
    restoreBackup(file, restored);
    const copy = new SqliteStore(restored);
    const heads = await Promise.all(["s0", "s1"].map(async (id) => (await readAll(copy, id)).length));
    expect(heads[0]).toBe(2_000 + (heads[1] ?? 0));
    await copy.close();
  });

  it("does not replace a file, and leaves nothing behind where it fails", async () => {
    const data = folder();
    const store = new SqliteStore(data);
    writeFileSync(join(data, "taken.db"), "mine");
    await expect(store.backup(join(data, "taken.db"))).rejects.toMatchObject({ code: "unavailable" });
    writeFileSync(join(data, "file"), "");
    await expect(store.backup(join(data, "file", "x.db"))).rejects.toMatchObject({ code: "unavailable" });
    await store.backup(join(data, "good.db"));
    await store.close();
    expect(readdirSync(data).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

describe("a restore", () => {
  it("F45 F46: changes the epoch of every session, and nothing else", async () => {
    const data = folder();
    const store = new SqliteStore(data);
    for (const session_id of ["s0", "s1"]) await store.append([{ session_id, create: NEW, entries: entries(0, 3) }]);
    const before = await epochs(store);
    const rows = await readAll(store, "s0");
    await store.backup(join(data, "one.db"));
    await store.close();

    const restored = folder();
    expect(restoreBackup(join(data, "one.db"), restored)).toBe(2);
    expect(readdirSync(restored)).toEqual(["millrace.db"]);
    const copy = new SqliteStore(restored);
    const after = await epochs(copy);
    expect(new Set([...before, ...after]).size).toBe(before[0] === before[1] ? 3 : 4);
    expect(after.every((epoch) => /^[\w-]{1,64}$/.test(epoch ?? ""))).toBe(true);
    expect(await readAll(copy, "s0")).toEqual(rows);
    await copy.close();
    expect(renewEpochs(restored)).toBe(2);
  });

  it("F50: never goes over data that is there, used or not", async () => {
    const data = folder();
    const store = new SqliteStore(data);
    await store.backup(join(data, "one.db"));
    expect(() => renewEpochs(data)).toThrow(expect.objectContaining({ code: "in_use" }));
    expect(() => restoreBackup(join(data, "one.db"), data)).toThrow(expect.objectContaining({ code: "in_use" }));
    await store.close();
    expect(() => restoreBackup(join(data, "one.db"), data)).toThrow(expect.objectContaining({ code: "in_use" }));
  });

  it("F51: refuses a backup that is damaged or none, and leaves the folder empty", async () => {
    const data = folder();
    const store = new SqliteStore(data);
    await store.append([{ session_id: "s0", create: NEW, entries: entries(0, 500) }]);
    await store.backup(join(data, "one.db"));
    await store.close();
    truncateSync(join(data, "one.db"), 40_960);
    const restored = folder();
    expect(() => restoreBackup(join(data, "one.db"), restored)).toThrow(
      expect.objectContaining({ code: "unavailable" }),
    );
    writeFileSync(join(data, "two.db"), "not a database at all".repeat(100));
    expect(() => restoreBackup(join(data, "two.db"), restored)).toThrow();
    expect(() => restoreBackup(join(data, "none.db"), restored)).toThrow();
    expect(() => renewEpochs(restored)).toThrow("There is no log");
    expect(readdirSync(restored)).toEqual([]);
  });
});
