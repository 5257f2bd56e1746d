import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Merger, type NewEvent } from "@millrace/protocol";
import { eventOf, MemoryStore, rowOfEvent } from "@millrace/store";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogFile } from "./log-file.ts";
import { RunFile } from "./run-file.ts";

const SESSION = { session_id: "s", create: { user_id: "u", title: "", epoch: "e", created_at: 0 } };
const run_id = "r";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-run-file-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

class CountingStore extends MemoryStore {
  reads = 0;
  /** Awaited by each read. */
  gate: Promise<void> = Promise.resolve();

  override async read(...args: Parameters<MemoryStore["read"]>): ReturnType<MemoryStore["read"]> {
    this.reads += 1;
    await this.gate;
    return super.read(...args);
  }
}

async function rig({ start = 2, events = [message, begun] as readonly NewEvent[] } = {}) {
  const store = new CountingStore();
  const put = async (...more: readonly NewEvent[]): Promise<void> => {
    await store.append([{ ...SESSION, entries: more.map((event) => ({ event })) }]);
  };
  await put(...events);
  const path = join(folder, "r.jsonl");
  const log: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(line) });
  const open = (): RunFile => {
    const file = new LogFile({ path, most: 10_000_000, waiting: 2_000_000, redact: (text) => text, now: () => 7 });
    const copy = new RunFile({ run: { run_id, session_id: "s" }, file, store, now: () => 7, log: logger });
    copy.begun(start);
    return copy;
  };
  const lines = (): Record<string, unknown>[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const shown = (): unknown[] => lines().map(({ type, from, seq, content }) => [type, from, seq, content]);
  return { store, put, path, log, open, lines, shown };
}

const message: NewEvent = { type: "user_message", ts: 1, message_id: "m", content: "hi", mode: "queue" };
const begun: NewEvent = {
  ...{ type: "session_start", ts: 1, run_id, message_ids: ["m"], model: "m", agent: "a" },
  ...{ max_steps: 5, token_limit: 10, tools: [] },
};
const titled: NewEvent = { type: "session_updated", ts: 1, title: "t" };
const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
const done: NewEvent = { type: "done", ts: 9, run_id, content: "", steps: 1, reason: "completed", usage };
const text = (offset: number, content: string): NewEvent => ({
  ...{ type: "text_delta", ts: 2, run_id, block_id: "b", offset, content },
});
const words = (count: number): NewEvent[] => Array.from({ length: count }, (_, n) => text(n, "x"));

describe("RunFile", () => {
  it("copies this run's events in the order of the log, merged, and each line behind what was stored by then", async () => {
    const { put, open, lines, shown } = await rig();
    const file = open();
    await put(text(0, "He"), text(2, "llo"), titled);
    file.note({ type: "agent_input", call: 1 });
    await file.copy();
    await put(text(5, "!"), done, message, { ...begun, run_id: "other" });
    await file.copy();
    expect(shown()).toEqual([
      ["session_start", undefined, 2, undefined],
      ["text_delta", 3, 4, "Hello"],
      ["agent_input", undefined, undefined, undefined],
      ["text_delta", undefined, 6, "!"],
      ["done", undefined, 7, ""],
    ]);
    expect(lines()[2]).toEqual({ ts: 7, run_id, type: "agent_input", call: 1 });
    expect(file.complete).toBe(true);
  });

  it("reads nothing between two requests, and nothing once the run's end is copied", async () => {
    const { store, put, open } = await rig();
    const file = open();
    await put(...words(100));
    expect(store.reads).toBe(0);
    await put(done);
    await file.copy();
    expect(store.reads).toBe(1);
    await file.copy();
    expect(store.reads).toBe(1);
  });

  it("a note holds nobody up, and keeps its place before what happened while it waited", async () => {
    const { store, put, open, lines } = await rig();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const file = open();
    file.note({ type: "agent_input", call: 1 });
    file.note({ type: "agent_input", call: 2 });
    await put({ ...text(0, "a"), ts: 8 }, done);
    const copied = file.copy();
    gate.resolve();
    await copied;
    expect(lines().map(({ type, call }) => [type, call])).toEqual([
      ["session_start", undefined],
      ["agent_input", 1],
      ["agent_input", 2],
      ["text_delta", undefined],
      ["done", undefined],
    ]);
  });

  it("reads long logs in pages, with a turn of the event loop between them; a block stays one line", async () => {
    const { store, put, open, shown } = await rig();
    await put(...words(1_200), done);
    const turns: number[] = [];
    let turn = 0;
    let going = true;
    const tick = (): void => {
      turn += 1;
      if (going) setImmediate(tick);
    };
    const read = store.read.bind(store);
    store.read = (...args) => {
      turns.push(turn);
      return read(...args);
    };
    tick();
    await open().copy();
    going = false;
    expect(turns.length).toBeGreaterThan(4);
    expect(new Set(turns).size).toBe(turns.length);
    expect(shown().slice(1)).toEqual([
      ["text_delta", 3, 1_202, "x".repeat(1_200)],
      ["done", undefined, 1_203, ""],
    ]);
  });

  it("rows that were merged across what is copied already give what lies behind it", async () => {
    const { store, put, open, shown } = await rig();
    const file = open();
    await put(text(0, "one "), text(4, "two "));
    await file.copy();
    await put(text(8, "three "), text(14, "four"));
    const merger = new Merger();
    for (const row of await store.read("s", 0, 100)) merger.push(eventOf("s", row));
    await store.settle("s", merger.take().map(rowOfEvent));
    await put(text(18, "."));
    await file.copy();
    expect(shown().slice(1)).toEqual([
      ["text_delta", 3, 4, "one two "],
      ["text_delta", 5, 7, "three four."],
    ]);
  });

  describe("F40: taken up", () => {
    const line = (event: object): string => `${JSON.stringify(event)}\n`;
    const event = (seq: number): string => line({ v: 1, session_id: "s", seq, ...begun });

    it.each([
      ["behind the last event in the file", event(2) + event(3), [5, 6]],
      ["where lines that are no events follow", event(3) + line({ ts: 1, run_id, type: "agent_input" }), [5, 6]],
      ["where the last line is torn", `${event(3)}{"v":1,"run_id":"r","seq":4,"ty`, [5, 6]],
      ["where another run's event follows", event(3) + line({ ...begun, seq: 5, run_id: "o" }), [5, 6]],
      ["where a line is not JSON", `${event(3)}seq\nnull\n`, [5, 6]],
      ["from its begin where no event is in the file", line({ ts: 1, run_id, type: "agent_input" }), [2, 3, 5, 6]],
      ["from its begin where there is no file", null, [2, 3, 5, 6]],
    ])("it goes on %s", async (_where, before, expected) => {
      const { put, path, open } = await rig();
      await put(text(0, "a"), titled, text(1, "b"), done);
      // Position 4 is not of the run.
      if (before !== null) writeFileSync(path, before);
      const file = open();
      await file.copy();
      const added = readFileSync(path, "utf8")
        .slice(before?.length ?? 0)
        .split("\n");
      const seqs = added.filter((one) => one !== "").map((one) => JSON.parse(one).seq);
      expect(seqs).toEqual(expected);
    });
  });

  it("what could not be read is told of, comes with the next copy, and keeps no note back", async () => {
    const { store, put, log, open, lines } = await rig();
    const file = open();
    await put(...words(300));
    const read = store.read.bind(store);
    let reads = 0;
    store.read = (...args) => (++reads === 2 ? Promise.reject(new Error("The disk is gone.")) : read(...args));
    file.note({ type: "agent_input" });
    await file.copy();
    expect(log).toHaveLength(1);
    expect(lines().map(({ type, from, seq }) => [type, from ?? seq, seq])).toEqual([
      ["session_start", 2, 2],
      ["text_delta", 3, 251],
      ["agent_input", undefined, undefined],
      ["text_delta", 252, 302],
    ]);
  });

  it("a run that never began has no file, and nothing left to do", async () => {
    const { store, path } = await rig();
    const file = new LogFile({ path, most: 1_000, waiting: 1_000, redact: (of) => of, now: () => 7 });
    const log = pino({ level: "silent" });
    const copy = new RunFile({ run: { run_id, session_id: "s" }, file, store, now: () => 7, log });
    await copy.copy();
    expect(copy.complete).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  it("closed while it copies, it writes nothing more", async () => {
    const { store, put, path, open } = await rig();
    await put(done);
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const file = open();
    file.note({ type: "agent_input" });
    const copied = file.copy();
    await new Promise((resolve) => setImmediate(resolve));
    await file.close();
    gate.resolve();
    await copied;
    expect(existsSync(path)).toBe(false);
    expect(file.complete).toBe(true);
  });
});
