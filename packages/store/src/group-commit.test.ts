import { LIMITS, type NewEvent } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { delta, deltas, NEW, ranges, readAll, said } from "./contract/given.ts";
import { type CommitSchedule, type CommitTarget, GroupCommit } from "./group-commit.ts";
import { type Append, type Appended, type Entry, type EntryResult, StoreError } from "./log-store.ts";
import { MemoryStore } from "./memory-store.ts";

const WINDOW = 25;

/** A clock and timers that move only when a test says so. */
class FakeSchedule implements CommitSchedule {
  #now = 1_000;
  #soon: (() => void)[] = [];
  #later: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  later(run: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, run };
    this.#later.push(timer);
    return () => {
      this.#later = this.#later.filter((other) => other !== timer);
    };
  }

  /** What waits: `soon`, or the milliseconds until a timer. */
  get waiting(): ("soon" | number)[] {
    return [...this.#soon.map(() => "soon" as const), ...this.#later.map(({ at }) => at - this.#now)];
  }

  /** Ends the turn of the event loop. */
  async turn(): Promise<void> {
    const due = this.#soon;
    this.#soon = [];
    for (const run of due) run();
    await microtasks();
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#later.filter(({ at }) => at <= this.#now);
    this.#later = this.#later.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
    await microtasks();
  }
}

async function microtasks(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Records the batches; a commit can be held open or made to fail. */
class WatchedStore extends MemoryStore {
  readonly batches: (readonly Append[])[] = [];
  failure: unknown = null;
  #gate: Promise<void> | null = null;

  /** Keeps every commit open until the answer is called. */
  hold(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate.promise;
    return () => {
      this.#gate = null;
      gate.resolve();
    };
  }

  override async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    this.batches.push(batch);
    await this.#gate;
    if (this.failure !== null) throw this.failure;
    return super.append(batch);
  }
}

class Target implements CommitTarget {
  readonly session_id: string;
  readonly heard: string[] = [];
  results: EntryResult[] = [];
  entries: Entry[] = [];
  onCommitted: () => void = () => {};

  constructor(session_id: string) {
    this.session_id = session_id;
  }

  committed(results: readonly EntryResult[], entries: readonly Entry[]): void {
    this.heard.push(`committed ${entries.length}`);
    this.results.push(...results);
    this.entries.push(...entries);
    this.onCommitted();
  }

  failed(error: StoreError, entries: readonly Entry[]): void {
    this.heard.push(`failed ${entries.length} ${error.code}`);
  }
}

async function given(...names: string[]) {
  const store = new WatchedStore();
  await store.append(names.map((session_id) => ({ session_id, create: NEW, entries: [] })));
  store.batches.length = 0;
  const schedule = new FakeSchedule();
  const commits = new GroupCommit(store, WINDOW, schedule);
  const targets = names.map((name) => new Target(name));
  const [a, b] = targets;
  if (a === undefined) throw new Error("no session");
  return { store, schedule, commits, a, b: b ?? a };
}

const entry = (event: NewEvent, id?: string): Entry => (id === undefined ? { event } : { event, id });
const sizes = (store: WatchedStore): number[][] =>
  store.batches.map((batch) => batch.map(({ entries }) => entries.length));

describe("when a commit happens", () => {
  it("the first entry after a quiet time: at the end of this turn", async () => {
    const { store, schedule, commits, a } = await given("a");
    commits.add(a, entry(said("1")));
    commits.add(a, entry(said("2")));
    expect([store.batches.length, schedule.waiting]).toEqual([0, ["soon"]]);
    await schedule.turn();
    expect(sizes(store)).toEqual([[2]]);
    expect(a.heard).toEqual(["committed 2"]);
    expect(schedule.waiting).toEqual([]);
  });

  it("the next ones: when the window since the last commit has passed", async () => {
    const { store, schedule, commits, a } = await given("a");
    commits.add(a, entry(said("1")));
    await schedule.turn();
    await schedule.advance(10);
    commits.add(a, entry(said("2")));
    commits.add(a, entry(said("3")));
    expect(schedule.waiting).toEqual([15]);
    await schedule.advance(14);
    expect(sizes(store)).toEqual([[1]]);
    await schedule.advance(1);
    expect(sizes(store)).toEqual([[1], [2]]);
    await schedule.advance(WINDOW);
    commits.add(a, entry(said("4")));
    expect(schedule.waiting).toEqual(["soon"]);
  });

  it("an urgent entry: at the end of this turn, with what waited before it", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    commits.add(a, entry(said("1")));
    await schedule.turn();
    commits.add(a, entry(said("2")));
    expect(schedule.waiting).toEqual([WINDOW]);
    commits.add(b, entry(said("now")), { urgent: true });
    expect(schedule.waiting).toEqual(["soon"]);
    await schedule.turn();
    expect(sizes(store)).toEqual([[1], [1, 1]]);
    expect(schedule.waiting).toEqual([]);
  });

  it("one transaction for all sessions, in the order in which they came", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    commits.add(b, entry(said("1")));
    commits.add(a, entry(said("1")));
    commits.add(b, entry(said("2")));
    await schedule.turn();
    expect(store.batches.map((batch) => batch.map(({ session_id }) => session_id))).toEqual([["b", "a"]]);
    expect([a.heard, b.heard]).toEqual([["committed 1"], ["committed 2"]]);
    expect((await readAll(store, "b")).map(({ body }) => JSON.parse(body).content)).toEqual(["1", "2"]);
  });

  it("what is added during a commit waits for the next, a window after its beginning", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    const release = store.hold();
    commits.add(a, entry(delta(0, "x")));
    await schedule.turn();
    commits.add(a, entry(delta(1, "y")));
    commits.add(b, entry(said("2")));
    await schedule.advance(10);
    expect([sizes(store), schedule.waiting]).toEqual([[[1]], []]);
    release();
    await microtasks();
    expect([a.heard, schedule.waiting]).toEqual([["committed 1"], [WINDOW - 10]]);
    await schedule.advance(WINDOW - 10);
    expect(sizes(store)).toEqual([[1], [1, 1]]);
    expect(ranges(await readAll(store, "a"))).toBe("1 2");
  });

  it("a commit that took longer than the window is followed by the next at once", async () => {
    const { store, schedule, commits, a } = await given("a");
    const release = store.hold();
    commits.add(a, entry(delta(0, "x")));
    await schedule.turn();
    await schedule.advance(2 * WINDOW);
    commits.add(a, entry(delta(1, "y")));
    release();
    await microtasks();
    expect(schedule.waiting).toEqual(["soon"]);
  });

  it("what is urgent during a commit, or because of it, goes right after it", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    a.onCommitted = () => {
      a.onCommitted = () => {};
      commits.add(a, entry(said("because")), { urgent: true });
      commits.add(b, entry(delta(0, "x")));
    };
    commits.add(a, entry(said("1")));
    await schedule.turn();
    expect(schedule.waiting).toEqual(["soon"]);
    await schedule.turn();
    expect(sizes(store)).toEqual([[1], [1, 1]]);

    await schedule.advance(WINDOW);
    const release = store.hold();
    commits.add(a, entry(said("2")));
    await schedule.turn();
    commits.add(b, entry(said("during")), { urgent: true });
    release();
    await microtasks();
    expect(schedule.waiting).toEqual(["soon"]);
    await schedule.turn();
    commits.add(b, entry(said("calm")));
    expect(schedule.waiting).toEqual([WINDOW]);
  });
});

describe("pieces of a block that meet in a window", () => {
  const kinds: readonly (readonly [string, (offset: number, content: string) => NewEvent])[] = [
    ["text_delta", delta],
    ["thinking", (offset, content) => ({ ...delta(offset, content), type: "thinking" }) as NewEvent],
    [
      "tool_call_delta",
      (offset, content) => ({
        type: "tool_call_delta",
        ts: 1,
        run_id: "r1",
        tool_call_id: "c",
        tool_name: "t",
        offset,
        content,
      }),
    ],
    [
      "tool_output_delta",
      (offset, content) => ({ type: "tool_output_delta", ts: 1, run_id: "r1", tool_call_id: "c", offset, content }),
    ],
  ];
  it.each(kinds)("become one %s", async (_type, piece) => {
    const { store, schedule, commits, a } = await given("a");
    commits.add(a, entry(piece(3, "ab")));
    commits.add(a, entry({ ...piece(5, "c"), ts: 9 } as NewEvent));
    commits.add(a, entry(piece(6, "\ud83d\ude00")));
    await schedule.turn();
    expect(a.entries).toEqual([{ event: piece(3, "abc\ud83d\ude00") }]);
    expect(ranges(await readAll(store, "a"))).toBe("1");
  });

  const apart: readonly (readonly [string, readonly Entry[]])[] = [
    ["another event lies between", [entry(delta(0, "a")), entry(said("?")), entry(delta(1, "b"))]],
    ["another block lies between", [entry(delta(0, "a")), entry(delta(0, "x", "b2")), entry(delta(1, "b"))]],
    ["the block is another", [entry(delta(0, "a")), entry(delta(1, "b", "b2"))]],
    ["the kind is another", [entry(delta(0, "a")), entry({ ...delta(1, "b"), type: "thinking" } as NewEvent)]],
    ["the run is another", [entry(delta(0, "a")), entry({ ...delta(1, "b"), run_id: "r2" } as NewEvent)]],
    ["a piece is missing", [entry(delta(0, "a")), entry(delta(2, "b"))]],
    ["a piece comes twice", [entry(delta(0, "a")), entry(delta(0, "a"))]],
    ["the first has an id", [entry(delta(0, "a"), "i"), entry(delta(1, "b"))]],
    ["the second has an id", [entry(delta(0, "a")), entry(delta(1, "b"), "i")]],
    ["both have an id", [entry(delta(0, "a"), "i"), entry(delta(1, "b"), "j")]],
    ["together they are too long", deltas("x".repeat(LIMITS.settled_text), "y").map((event) => entry(event))],
  ];
  it.each(apart)("stay apart where %s", async (_why, entries) => {
    const { schedule, commits, a } = await given("a");
    for (const one of entries) commits.add(a, one);
    await schedule.turn();
    expect(a.entries).toEqual(entries);
  });

  it("grow up to the limit, then begin anew", async () => {
    const { schedule, commits, a } = await given("a");
    const half = "x".repeat(LIMITS.settled_text / 2);
    for (const event of deltas(half, half, half)) commits.add(a, entry(event));
    await schedule.turn();
    expect(a.entries.map(({ event }) => ("content" in event ? event.content.length : 0))).toEqual([
      LIMITS.settled_text,
      LIMITS.settled_text / 2,
    ]);
  });

  it("of two sessions stay apart, and nobody's entry is changed", async () => {
    const { schedule, commits, a, b } = await given("a", "b");
    const mine = Object.freeze(entry(Object.freeze(delta(0, "a"))));
    commits.add(a, mine);
    commits.add(b, entry(delta(1, "b")));
    commits.add(a, entry(delta(1, "c")));
    await schedule.turn();
    expect([a.entries, b.entries]).toEqual([[{ event: delta(0, "ac") }], [{ event: delta(1, "b") }]]);
    expect(mine.event).toEqual(delta(0, "a"));
  });
});

describe("what comes with the entries", () => {
  it("a new session and the changes to its row are stored with them, the last change of a field wins", async () => {
    const { store, schedule, commits } = await given("a");
    const target = new Target("new");
    commits.add(target, entry(said("1")), { create: NEW, summary: { title: "One", status: "running" } });
    commits.add(target, null, { create: NEW, summary: { title: "Two", updated_at: 7 } });
    await schedule.turn();
    expect(target.heard).toEqual(["committed 1"]);
    expect(await store.sessions.get("new")).toMatchObject({ title: "Two", status: "running", updated_at: 7, head: 1 });
  });

  it("a change without entries is stored alone", async () => {
    const { store, schedule, commits, a } = await given("a");
    commits.add(a, null, { summary: { title: "Only" } });
    await schedule.turn();
    expect(a.heard).toEqual(["committed 0"]);
    expect((await store.sessions.get("a"))?.title).toBe("Only");
  });

  it("a duplicate is answered as one", async () => {
    const { schedule, commits, a } = await given("a");
    commits.add(a, entry(said("1"), "m1"));
    commits.add(a, entry(said("1"), "m1"));
    await schedule.turn();
    expect(a.results).toMatchObject([{ duplicate: false }, { duplicate: true, seq: 1 }]);
  });
});

describe("a failure", () => {
  it("reaches every target of that commit with its entries, and nothing later", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    const release = store.hold();
    store.failure = new StoreError("full", "The disk is full.");
    commits.add(a, entry(said("1")));
    commits.add(a, entry(said("2")));
    commits.add(b, entry(said("1")));
    await schedule.turn();
    const later = new Target("b");
    commits.add(later, entry(said("later")));
    release();
    await microtasks();
    expect([a.heard, b.heard, later.heard]).toEqual([["failed 2 full"], ["failed 1 full"], []]);
    store.failure = null;
    await schedule.advance(WINDOW);
    expect(later.heard).toEqual(["committed 1"]);
    expect([ranges(await readAll(store, "a")), ranges(await readAll(store, "b"))]).toEqual(["", "1"]);
    commits.add(a, entry(said("again")), { urgent: true });
    await schedule.turn();
    expect(a.heard).toEqual(["failed 2 full", "committed 1"]);
  });

  it("R6: takes with it what its targets added meanwhile, which would leave a hole", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    const release = store.hold();
    store.failure = new StoreError("full", "The disk is full.");
    commits.add(a, entry(said("1")));
    await schedule.turn();
    commits.add(a, entry(said("2")));
    commits.add(b, entry(said("1")));
    expect(commits.waiting).toBe(3);
    release();
    await microtasks();
    store.failure = null;
    await schedule.advance(WINDOW);
    expect([a.heard, b.heard]).toEqual([["failed 2 full"], ["committed 1"]]);
    expect(await readAll(store, "a")).toEqual([]);
    expect(commits.waiting).toBe(0);
  });

  it("that is no store's error is `unavailable`, with its cause", async () => {
    const { store, schedule, commits, a } = await given("a");
    const failed = vi.spyOn(a, "failed");
    store.failure = new TypeError("broken");
    commits.add(a, entry(said("1")));
    await schedule.turn();
    expect(failed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: "unavailable", cause: store.failure }),
      [entry(said("1"))],
    );
  });

  it("for want of the session is `gone`, and the other sessions are stored", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    await store.sessions.remove("a");
    commits.add(a, entry(said("1")), { create: NEW });
    commits.add(b, entry(said("1")));
    await schedule.turn();
    expect([a.heard, b.heard]).toEqual([["failed 1 gone"], ["committed 1"]]);
  });
});

describe("flush", () => {
  it("stores what is pending at once, without the window", async () => {
    const { store, schedule, commits, a } = await given("a");
    commits.add(a, entry(said("1")));
    await schedule.turn();
    commits.add(a, entry(said("2")));
    await commits.flush();
    expect(a.heard).toEqual(["committed 1", "committed 1"]);
    await schedule.advance(WINDOW);
    await schedule.turn();
    expect(sizes(store)).toEqual([[1], [1]]);
  });

  it("waits for the commit under way, for what waits behind it and for what that brings", async () => {
    const { store, schedule, commits, a, b } = await given("a", "b");
    const release = store.hold();
    commits.add(a, entry(said("1")));
    await schedule.turn();
    commits.add(b, entry(said("2")));
    b.onCommitted = () => {
      b.onCommitted = () => {};
      commits.add(a, entry(said("3")));
    };
    const flushed = Promise.all([commits.flush(), commits.flush()]);
    let done = false;
    void flushed.then(() => {
      done = true;
    });
    await microtasks();
    expect(done).toBe(false);
    release();
    await flushed;
    expect([a.heard, b.heard]).toEqual([["committed 1", "committed 1"], ["committed 1"]]);
    expect(sizes(store)).toEqual([[1], [1], [1]]);
  });

  it("resolves when the store fails, and when there is nothing", async () => {
    const { store, commits, a } = await given("a");
    await commits.flush();
    store.failure = new StoreError("full", "The disk is full.");
    commits.add(a, entry(said("1")));
    await commits.flush();
    expect(a.heard).toEqual(["failed 1 full"]);
  });
});

describe("the default schedule", () => {
  it("commits without anybody's help", async () => {
    const store = new WatchedStore();
    await store.append([{ session_id: "a", create: NEW, entries: [] }]);
    const commits = new GroupCommit(store, 1);
    const target = new Target("a");
    const next = (): Promise<void> => new Promise((resolve) => (target.onCommitted = resolve));
    let committed = next();
    commits.add(target, entry(said("soon")));
    await committed;
    committed = next();
    commits.add(target, entry(said("later")));
    await committed;
    expect(ranges(await readAll(store, "a"))).toBe("1 2");
  });
});
