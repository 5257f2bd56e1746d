import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { deltas, ranges, readAll, said, seed, settleRange } from "../contract/given.ts";
import { renewEpochs, restoreBackup } from "./backup.ts";
import { SqliteStore } from "./sqlite-store.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-damage-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function opened(folder: string): SqliteStore {
  const store = new SqliteStore(folder);
  onTestFinished(() => store.close());
  return store;
}

/** A folder as a process leaves it that was killed after it stored something. */
async function killed(): Promise<string> {
  const [data, copy] = [temporaryFolder(), temporaryFolder()];
  const store = new SqliteStore(data);
  await seed(store, "a", [said("kept?")]);
  cpSync(data, copy, { recursive: true });
  await store.close();
  return copy;
}

/** A closed log with a settled row and some that are not. */
async function closed(): Promise<string> {
  const folder = temporaryFolder();
  const store = new SqliteStore(folder);
  await seed(store, "a", [said("a question of some length"), ...deltas("one ", "two ", "three ", "four ")]);
  await settleRange(store, "a", 2, 4);
  await store.close();
  return folder;
}

/** Turns over one bit in the first place where the text is found. */
function flip(file: string, text: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  expect(at, `${text} in ${file}`).toBeGreaterThan(0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe("F51: a log that is damaged", () => {
  it("is refused where its write-ahead log was taken away, and taken as it is when somebody says so", async () => {
    const folder = await killed();
    rmSync(join(folder, "millrace.db-wal"));
    for (const _attempt of [1, 2]) expect(() => new SqliteStore(folder)).toThrow("millrace.db-wal is gone");
    renewEpochs(folder);
    expect(await opened(folder).sessions.get("a")).toBeNull();
  });

  it("is not what a crash leaves, nor an orderly end, whose write-ahead log is gone too", async () => {
    expect(ranges(await readAll(opened(await killed()), "a"))).toBe("1");
    const folder = await closed();
    expect(existsSync(join(folder, "millrace.db-wal"))).toBe(false);
    expect(ranges(await readAll(opened(folder), "a"))).toBe("1 2-4 5");
  });

  it("is not one that was opened and killed before it stored anything", async () => {
    const [folder, copy] = [await closed(), temporaryFolder()];
    const store = opened(folder);
    cpSync(folder, copy, { recursive: true });
    expect(ranges(await readAll(opened(copy), "a"))).toBe("1 2-4 5");
    await store.close();
  });

  it.each([
    ["a settled row", "three ", "event 4 of session a"],
    ["a row of the journal", "four ", "event 5 of session a"],
  ])("is refused where a bit of %s has changed, and told where", async (_what, text, where) => {
    const folder = await closed();
    flip(join(folder, "millrace.db"), text);
    expect(() => new SqliteStore(folder)).toThrow(`The log is damaged: ${where}.`);
    // What was refused is free again, and as it was.
    expect(() => new SqliteStore(folder)).toThrow(`The log is damaged: ${where}.`);
    renewEpochs(folder);
    expect(ranges(await readAll(opened(folder), "a"))).toBe("1 2-4 5");
  });

  it("is refused as a backup too", async () => {
    const folder = await closed();
    flip(join(folder, "millrace.db"), "three ");
    const restored = temporaryFolder();
    expect(() => restoreBackup(join(folder, "millrace.db"), restored)).toThrow(
      "The log is damaged: event 4 of session a.",
    );
    expect(readdirSync(restored)).toEqual([]);
  });

  it("is refused where the pages do not fit together", async () => {
    const folder = await closed();
    const file = join(folder, "millrace.db");
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4_096 + 1, 4_096 + 200);
    writeFileSync(file, bytes);
    expect(() => new SqliteStore(folder)).toThrow(expect.objectContaining({ name: "StoreError" }));
  });

  it("is not one from before there were sums", async () => {
    const folder = await closed();
    const db = new DatabaseSync(join(folder, "millrace.db"));
    db.exec("UPDATE events SET sum = NULL; UPDATE journal SET sum = NULL");
    db.close();
    expect(ranges(await readAll(opened(folder), "a"))).toBe("1 2-4 5");
  });
});
