import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { appendEntries, delta, deltas, NEW, ranges, readAll, said, seed, settleRange } from "../contract/given.ts";
import { describeLogStore } from "../contract.ts";
import { StoreError } from "../log-store.ts";
import { SqliteStore } from "./sqlite-store.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function openIn(folder: string): SqliteStore {
  const store = new SqliteStore(folder);
  onTestFinished(() => store.close());
  return store;
}

function failure(work: () => unknown): StoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Counts of a table's rows in a folder that no store holds. */
function count(folder: string, table: string): number {
  const db = new DatabaseSync(join(folder, "millrace.db"), { readOnly: true });
  try {
    return (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  } finally {
    db.close();
  }
}

describeLogStore("SqliteStore", async () => {
  const folder = temporaryFolder();
  let store = new SqliteStore(folder);
  const reopen = async (): Promise<SqliteStore> => {
    await store.close();
    store = new SqliteStore(folder);
    return store;
  };
  return { store, reopen };
});

describe("the file", () => {
  it("and its folder are readable by their owner only, the write-ahead log too", async () => {
    const folder = join(temporaryFolder(), "deep", "data");
    const store = openIn(folder);
    await seed(store, "a", [said("secret")]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder);
    expect(files).toContain("millrace.db-wal");
    for (const file of files) expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  it("loses a mode that was too wide", async () => {
    const folder = temporaryFolder();
    await openIn(folder).close();
    chmodSync(join(folder, "millrace.db"), 0o644);
    openIn(folder);
    expect(statSync(join(folder, "millrace.db")).mode & 0o777).toBe(0o600);
  });

  it("belongs to one store at a time, also within a process (F50)", async () => {
    const folder = temporaryFolder();
    const first = openIn(folder);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const error = failure(() => new SqliteStore(folder));
      expect(error).toMatchObject({ code: "in_use" });
      expect(error.message).toContain(folder);
    }
    await seed(first, "a", [said("mine")]);
    await first.close();
    expect(ranges(await readAll(openIn(folder), "a"))).toBe("1");
  });

  it("may be closed twice", async () => {
    const store = new SqliteStore(temporaryFolder());
    await store.close();
    await store.close();
  });

  it("of something else is refused and left as it is", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "millrace.db"), "not a database, but long enough to have a header".repeat(100));
    const size = statSync(join(folder, "millrace.db")).size;
    expect(failure(() => new SqliteStore(folder))).toMatchObject({ code: "unavailable" });
    expect(statSync(join(folder, "millrace.db")).size).toBe(size);
  });

  it("in a folder that cannot be made is unavailable", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    expect(failure(() => new SqliteStore(join(folder, "file", "data")))).toMatchObject({ code: "unavailable" });
    expect(existsSync(join(folder, "file", "data"))).toBe(false);
  });
});

describe("the journal", () => {
  it("of an earlier process is found again: heads and rows that nobody settled", async () => {
    const folder = temporaryFolder();
    const first = new SqliteStore(folder);
    await seed(first, "a", [said("ask"), ...deltas("a", "b", "c", "d")]);
    await seed(first, "b", deltas("x", "y"));
    await settleRange(first, "a", 3, 4);
    await first.close();

    const store = openIn(folder);
    expect((await store.sessions.get("a"))?.head).toBe(5);
    expect(ranges(await readAll(store, "a"))).toBe("1 2 3-4 5");
    await settleRange(store, "a", 1, 5);
    await settleRange(store, "b", 1, 2);
    await appendEntries(store, "b", { event: said("on") });
    await store.close();

    const last = openIn(folder);
    expect(ranges(await readAll(last, "a"))).toBe("1 2-5");
    expect(ranges(await readAll(last, "b"))).toBe("1-2 3");
  });

  it("stays small: void rows of all sessions are deleted together, unsettled ones stay", async () => {
    const folder = temporaryFolder();
    const store = new SqliteStore(folder);
    const sessions = ["a", "b", "c", "d", "e"];
    await seed(store, "quiet", [said("waits")]);
    for (const session_id of sessions) await seed(store, session_id, []);
    for (let round = 0; round < 30; round += 1) {
      for (let index = 0; index < 40; index += 1) {
        const offset = round * 40 + index;
        await store.append(sessions.map((session_id) => ({ session_id, entries: [{ event: delta(offset, "x") }] })));
      }
      for (const session_id of sessions) await settleRange(store, session_id, 1 + round * 40, (round + 1) * 40);
    }
    await appendEntries(store, "quiet", { event: said("still") });
    for (const session_id of sessions) {
      expect((await readAll(store, session_id)).map((row) => row.seq - row.from + 1)).toEqual(Array(30).fill(40));
    }
    await store.close();
    const held = count(folder, "journal");
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(2_048);
    const again = openIn(folder);
    for (const session_id of sessions) expect((await readAll(again, session_id)).at(-1)?.seq).toBe(1_200);
    expect(ranges(await readAll(again, "quiet"))).toBe("1 2");
  });

  it("deletes void rows in slices, and a commit goes between them", async () => {
    const store = openIn(temporaryFolder());
    const count = 5_000;
    await seed(
      store,
      "a",
      Array.from({ length: count }, (_, index) => delta(index, "x")),
    );
    const order: string[] = [];
    const run = StatementSync.prototype.run;
    vi.spyOn(StatementSync.prototype, "run").mockImplementation(function (this: StatementSync, ...given) {
      const result = run.apply(this, given);
      if (this.sourceSQL.startsWith("DELETE FROM journal")) order.push(`${result.changes} deleted`);
      if (this.sourceSQL.startsWith("INSERT INTO journal")) order.push("stored");
      return result;
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    await settleRange(store, "a", 1, count);
    await appendEntries(store, "a", { event: said("on") });
    await vi.waitFor(() => expect(order.length).toBe(4));
    expect(order).toEqual(["2048 deleted", "stored", "2048 deleted", "904 deleted"]);
  });

  it("holds nothing of a removed session, settled or not", async () => {
    const folder = temporaryFolder();
    const store = new SqliteStore(folder);
    await seed(store, "a", [said("secret"), ...deltas("a", "b", "c")]);
    await appendEntries(store, "a", { event: said("secret"), id: "m1" });
    await settleRange(store, "a", 2, 3);
    await store.sessions.remove("a");
    await store.close();
    for (const table of ["journal", "events", "ids", "texts"])
      expect([table, count(folder, table)]).toEqual([table, 0]);
  });
});

describe("statements", () => {
  it("are prepared once; a commit takes one each for its begin, its end and every event", async () => {
    const store = openIn(temporaryFolder());
    const sessions = Array.from({ length: 32 }, (_, index) => `s${index}`);
    for (const session_id of sessions) await seed(store, session_id, []);
    const spies = {
      prepare: vi.spyOn(DatabaseSync.prototype, "prepare"),
      exec: vi.spyOn(DatabaseSync.prototype, "exec"),
      run: vi.spyOn(StatementSync.prototype, "run"),
      get: vi.spyOn(StatementSync.prototype, "get"),
      all: vi.spyOn(StatementSync.prototype, "all"),
      iterate: vi.spyOn(StatementSync.prototype, "iterate"),
    };
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const counted = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
      vi.clearAllMocks();
      await work();
      const calls = Object.entries(spies).map(([name, spy]) => [name, spy.mock.calls.length] as const);
      return Object.fromEntries(calls.filter(([, number]) => number > 0));
    };
    const entries = [{ event: delta(0, "x") }];
    const append = (): Promise<unknown> => store.append(sessions.map((session_id) => ({ session_id, entries })));
    expect(await counted(append)).toEqual({ exec: 2, run: 32 });
    for (let index = 1; index < 64; index += 1) await append();
    expect(await counted(() => store.read("s0", 63, 500))).toEqual({ iterate: 1, get: 1 });
    expect(await counted(() => store.read("s0", 64, 500))).toEqual({ iterate: 1 });
    const body = JSON.stringify(delta(0, "x"));
    expect(await counted(() => store.settle("s0", [{ from: 1, seq: 64, body }]))).toEqual({ get: 1, exec: 3, run: 2 });
    expect(await counted(() => store.read("s0", 0, 500))).toEqual({ iterate: 1 });
    const list = (): Promise<unknown> => store.sessions.list({ user_id: NEW.user_id, limit: 50 });
    expect(await counted(list)).toEqual({ all: 1 });
  });

  it("keep no commit waiting while all texts are searched, and the search is done before the store closes", async () => {
    const store = openIn(temporaryFolder());
    const sessions = Array.from({ length: 200 }, (_, index) => `s${index}`);
    for (const session_id of sessions) await seed(store, session_id, [said(`the words of ${session_id}`)]);
    const order: string[] = [];
    const search = store.sessions
      .list({ user_id: NEW.user_id, limit: 50, q: "words of s0" })
      .then(({ sessions: found }) => {
        order.push("searched");
        return found.map(({ session_id }) => session_id);
      });
    await seed(store, "s0", [said("more", "m2")]).then(() => order.push("stored"));
    await store.close().then(() => order.push("closed"));
    expect(await search).toEqual(["s0"]);
    expect(order).toEqual(["stored", "searched", "closed"]);
  });

  it("read no further than a page: rows behind it stay where they are", async () => {
    const store = openIn(temporaryFolder());
    await seed(
      store,
      "a",
      Array.from({ length: 300 }, (_, index) => delta(index, "x")),
    );
    await store.settle("a", (await readAll(store, "a")).slice(0, 100));
    const get = vi.spyOn(StatementSync.prototype, "get");
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect((await store.read("a", 0, 100)).length).toBe(100);
    expect(get).not.toHaveBeenCalled();
    expect((await store.read("a", 50, 100)).at(-1)?.seq).toBe(150);
  });
});
