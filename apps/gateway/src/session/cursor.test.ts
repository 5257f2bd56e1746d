import { type Event, emptyView, fold, type NewEvent, settle } from "@millrace/protocol";
import { type LogStore, MemoryStore, type Row, rowOf, rowOfEvent } from "@millrace/store";
import { describe, expect, it } from "vitest";
import { Cursor, type CursorSink, type CursorSource } from "./cursor.ts";
import { StoredEvent } from "./stored-event.ts";

const SESSION = "s_1";
const delta = (n: number): NewEvent => ({
  type: "text_delta",
  run_id: "r",
  block_id: "b",
  offset: n - 1,
  content: "x",
  ts: 0,
});

/** A log that grows by hand: stored, and then shown to cursors by {@link show}, which are two moments. */
class FakeLog implements CursorSource {
  readonly session_id = SESSION;
  readonly store = new MemoryStore();
  head = 0;
  #stored = 0;
  #recent: StoredEvent[] = [];

  async write(count: number, event: (n: number) => NewEvent = delta): Promise<void> {
    const create = { user_id: "u", title: "", epoch: "e", created_at: 0 };
    const entries = Array.from({ length: count }, (_, index) => ({ event: event(this.#stored + index + 1) }));
    await this.store.append([{ session_id: SESSION, create, entries }]);
    for (const entry of entries) {
      this.#stored += 1;
      this.#recent.push(StoredEvent.committed(SESSION, rowOf(entry.event, this.#stored), entry.event));
    }
  }

  /** What is stored becomes the head, as after a commit. */
  show(): void {
    this.head = this.#stored;
  }

  /** The newest are no longer held in memory. */
  forget(): void {
    this.#recent = [];
  }

  recentAfter(seq: number): readonly StoredEvent[] | null {
    const held = this.#recent.filter((stored) => stored.seq <= this.head);
    const first = held[0];
    return first === undefined || first.from > seq + 1 ? null : held.filter((stored) => stored.seq > seq);
  }
}

class FakeViewer implements CursorSink {
  readonly events: StoredEvent[] = [];
  readonly lives: number[] = [];
  failure: unknown = null;
  gones = 0;
  room = Number.POSITIVE_INFINITY;

  writable(): boolean {
    return this.room > 0;
  }
  event(stored: StoredEvent): void {
    this.room -= 1;
    this.events.push(stored);
  }
  live(seq: number): void {
    this.lives.push(seq);
  }
  failed(error: unknown): void {
    this.failure = error;
  }
  gone(): void {
    this.gones += 1;
  }

  get positions(): [number, number][] {
    return this.events.map(({ from, seq }) => [from, seq]);
  }
  /** The positions as if nothing were merged: a hole or a repeat shows. */
  get covered(): number[] {
    return this.positions.flatMap(([from, seq]) => Array.from({ length: seq - from + 1 }, (_, index) => from + index));
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("Cursor", () => {
  it("F9 SUB-1: of an empty log is live at once, and then gets what comes", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    expect(viewer.lives).toEqual([0]);
    await log.write(1);
    log.show();
    cursor.wake();
    expect(viewer.positions).toEqual([[1, 1]]);
    expect(viewer.lives).toEqual([0]);
  });

  it("F10 SUB-2: what the store has and the session has not heard of yet is not sent: a viewer is never ahead of the head", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(3);
    log.show();
    log.forget();
    await log.write(2);
    log.forget();
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    await turns();
    expect([viewer.covered, viewer.lives, cursor.seq]).toEqual([[1, 2, 3], [3], 3]);
    log.show();
    cursor.wake();
    await turns();
    expect(viewer.covered).toEqual([1, 2, 3, 4, 5]);
  });

  it("F9 SUB-2: what is appended between the history's last page and live comes once, before live", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(1_200);
    log.show();
    log.forget();
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    await log.write(3);
    log.show();
    cursor.wake();
    expect(viewer.lives).toEqual([]);
    await turns();
    expect(viewer.covered).toEqual(upTo(1_203));
    expect(viewer.lives).toEqual([1_203]);
  });

  it("F10 LOG-2: what is stored but not committed to viewers yet makes no hole and no repeat", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(4);
    log.show();
    log.forget();
    // Stored, but nobody was woken: a read of the store already sees it.
    await log.write(2);
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    await turns();
    log.show();
    cursor.wake();
    cursor.wake();
    await turns();
    expect(viewer.covered).toEqual(upTo(6));
    expect(viewer.lives).toHaveLength(1);
  });

  it("SUB-9 MERGE-4: what piles up while the viewer is slow comes as one merged frame", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    const cursor = new Cursor(log, log.store, 0, viewer);
    await log.write(1);
    log.show();
    viewer.room = 1;
    cursor.wake();
    await log.write(50);
    log.show();
    cursor.wake();
    expect(viewer.positions).toEqual([[1, 1]]);
    viewer.room = 1;
    cursor.wake();
    expect(viewer.positions).toEqual([
      [1, 1],
      [2, 51],
    ]);
    expect(JSON.parse(viewer.events[1]?.frame ?? "")).toMatchObject({
      from: 2,
      seq: 51,
      offset: 1,
      content: "x".repeat(50),
    });
  });

  it("SUB-9: a viewer without room is given nothing, from memory or from the store", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(10, (n) => ({ type: "session_updated", title: `${n}`, ts: 0 }));
    log.show();
    viewer.room = 0;
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    log.forget();
    cursor.wake();
    await turns();
    expect(viewer.events).toEqual([]);
    expect(viewer.lives).toEqual([]);
    viewer.room = 3;
    cursor.wake();
    await turns();
    expect(viewer.covered).toEqual([1, 2, 3]);
    viewer.room = 100;
    cursor.wake();
    await turns();
    expect(viewer.covered).toEqual(upTo(10));
    expect(viewer.lives).toEqual([10]);
  });

  it("SUB-9: what was read for a slow viewer is not read again", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(90, (n) => ({ type: "session_updated", title: `${n}`, ts: 0 }));
    log.show();
    log.forget();
    let reads = 0;
    const counted = {
      read: (session_id: string, after: number, limit: number) => {
        reads += 1;
        return log.store.read(session_id, after, limit);
      },
    } as unknown as LogStore;
    const cursor = new Cursor(log, counted, 0, viewer);
    for (let round = 0; round < 90; round++) {
      viewer.room = 1;
      cursor.wake();
      await turns();
    }
    expect(viewer.covered).toEqual(upTo(90));
    expect(reads).toBe(1);
  });

  it("F92 READ-2: from inside a settled range the whole row comes, and the fold cuts the overlap", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(9);
    log.show();
    const rows: Row[] = settle(
      (await log.store.read(SESSION, 0, 100)).map((row) => StoredEvent.read(SESSION, row).event),
    ).map(rowOfEvent);
    await log.store.settle(SESSION, rows);
    log.forget();
    const cursor = new Cursor(log, log.store, 4, viewer);
    cursor.wake();
    await turns();
    expect(viewer.positions).toEqual([[1, 9]]);
    const events = viewer.events.map(({ event }) => event as Event);
    expect(fold(emptyView(4), events).seq).toBe(9);
  });

  it("one frame's text serves every viewer", async () => {
    const log = new FakeLog();
    const viewers = [new FakeViewer(), new FakeViewer()];
    await log.write(1);
    log.show();
    for (const viewer of viewers) new Cursor(log, log.store, 0, viewer).wake();
    expect(viewers[0]?.events[0]).toBe(viewers[1]?.events[0]);
  });

  it("a closed cursor says nothing more, also where a read was under way", async () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(3);
    log.show();
    log.forget();
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.wake();
    cursor.close();
    await turns();
    cursor.letGo();
    expect([viewer.events, viewer.lives, viewer.gones]).toEqual([[], [], 0]);
  });

  it("letGo tells the viewer once", () => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    const cursor = new Cursor(log, log.store, 0, viewer);
    cursor.letGo();
    cursor.letGo();
    cursor.wake();
    expect([viewer.gones, viewer.lives]).toEqual([1, []]);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("disk"))],
    ["ends before its head", () => Promise.resolve([])],
  ])("a log that %s is a failure, not a silence", async (_name, read) => {
    const log = new FakeLog();
    const viewer = new FakeViewer();
    await log.write(3);
    log.show();
    log.forget();
    const broken = { read } as unknown as LogStore;
    const cursor = new Cursor(log, broken, 0, viewer);
    cursor.wake();
    await turns();
    expect(viewer.failure).toBeInstanceOf(Error);
    expect(viewer.lives).toEqual([]);
  });
});
