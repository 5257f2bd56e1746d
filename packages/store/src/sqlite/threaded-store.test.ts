import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { appendEntries, deltas, ranges, readAll, said, seed } from "../contract/given.ts";
import { describeLogStore } from "../contract.ts";
import type { LogStore } from "../log-store.ts";
import { openSqliteStore } from "./threaded-store.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function openIn(folder: string): Promise<LogStore> {
  const store = await openSqliteStore(folder);
  onTestFinished(() => store.close());
  return store;
}

describeLogStore(
  "SqliteStore on its thread",
  async () => {
    const folder = temporaryFolder();
    let store = await openSqliteStore(folder);
    const reopen = async (): Promise<LogStore> => {
      await store.close();
      store = await openSqliteStore(folder);
      return store;
    };
    return { store, reopen };
  },
  // Each begins threads; what they do is the store that runs all sequences without one.
  { sequences: 20 },
);

describe("the thread", () => {
  it("tells why a folder cannot be opened, and leaves nothing behind (F50)", async () => {
    const folder = temporaryFolder();
    const first = await openIn(folder);
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "in_use", name: "StoreError" });
    await seed(first, "a", [said("mine")]);
    await first.close();
    writeFileSync(join(folder, "file"), "");
    await expect(openSqliteStore(join(folder, "file", "data"))).rejects.toMatchObject({ code: "unavailable" });
    expect(ranges(await readAll(await openIn(folder), "a"))).toBe("1");
  });

  it("does what was asked before it closes; afterwards everything is refused", async () => {
    const folder = temporaryFolder();
    const store = await openIn(folder);
    await seed(store, "a", [said("x")]);
    const late = appendEntries(store, "a", ...deltas("a", "b").map((event) => ({ event })));
    const rows = store.read("a", 0, 100);
    await Promise.all([store.close(), store.close()]);
    await late;
    expect(ranges(await rows)).toBe("1 2 3");
    await expect(store.read("a", 0, 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(ranges(await readAll(await openIn(folder), "a"))).toBe("1 2 3");
  });
});
