import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "@millrace/protocol";
import { MemoryStore } from "@millrace/store";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunObserver } from "../models/run-observer.ts";
import { RunLogs } from "./run-logs.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = Date.UTC(2026, 10, 20);
const run = { run_id: "r", session_id: "s", agent: "a", model: "m", provider: "p", resumed: false };

let folder: string;
const opened: RunLogs[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "millrace-run-logs-")), "runs");
});
afterEach(async () => {
  for (const logs of opened.splice(0)) await logs.close();
  rmSync(join(folder, ".."), { recursive: true });
});

const begun: NewEvent = {
  ...{ type: "session_start", ts: 1, run_id: "r", message_ids: [], model: "m", agent: "a" },
  ...{ max_steps: 5, token_limit: 10, tools: [] },
};
const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
const done: NewEvent = { type: "done", ts: 9, run_id: "r", content: "", steps: 1, reason: "completed", usage };

async function ask(observer: RunObserver): Promise<void> {
  const port = observer.model?.({ id: "m", stream: async function* () {} });
  const request = { system: null, messages: [], tools: [], thinking: null };
  for await (const _ of port?.stream(request, AbortSignal.abort()) ?? []);
}

const typesIn = (logs: RunLogs): string[] =>
  readFileSync(logs.pathOf("r"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).type);

async function open({ keep_bytes = 1_000_000 } = {}) {
  const store = new MemoryStore();
  const create = { user_id: "u", title: "", epoch: "e", created_at: 0 };
  const put = (...events: NewEvent[]) =>
    store.append([{ session_id: "s", create, entries: events.map((event) => ({ event })) }]);
  const log: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void log.push(line) });
  const parts = { folder, store, redact: (text: string) => text, now: () => NOW, log: logger };
  const logs = await RunLogs.open({ ...parts, keep_ms: 30 * DAY_MS, keep_bytes });
  opened.push(logs);
  return { logs, log, put, store };
}

function file(name: string, days: number, bytes = 10): string {
  const path = join(folder, name);
  writeFileSync(path, "x".repeat(bytes));
  const time = (NOW - days * DAY_MS) / 1_000;
  utimesSync(path, time, time);
  return path;
}

describe("RunLogs", () => {
  it("removes what is too old, and nothing else", async () => {
    const { logs } = await open();
    const [old, recent, foreign] = [file("old.jsonl", 31), file("recent.jsonl", 29), file("notes.txt", 300)];
    await logs.sweep();
    expect([old, recent, foreign].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  it("removes the oldest until the rest is small enough; the file of an open run stays", async () => {
    const { logs } = await open({ keep_bytes: 250 });
    logs.observe(run);
    const names = ["r.jsonl", "a.jsonl", "b.jsonl", "c.jsonl"];
    const paths = names.map((name, index) => file(name, 10 - index, 100));
    await logs.sweep();
    expect(paths.map((path) => existsSync(path))).toEqual([true, false, true, true]);
  });

  it("a run that ended is written down to its end and let go of: its file may be swept", async () => {
    const { logs, put } = await open({ keep_bytes: 0 });
    await put(begun, done);
    const observer = logs.observe(run);
    observer.begun?.(1);
    expect(Object.keys(observer).sort()).toEqual(["begun", "left", "model"]);
    await ask(observer);
    await logs.sweep();
    observer.left?.();
    await vi.waitFor(async () => {
      expect(typesIn(logs)).toEqual(["session_start", "done", "agent_input"]);
      await logs.sweep();
      expect(existsSync(logs.pathOf("r"))).toBe(false);
    });
  });

  it("of a run that was let go of before its end, close writes what came into the log since", async () => {
    const { logs, put } = await open();
    await put(begun);
    const observer = logs.observe(run);
    observer.begun?.(1);
    observer.left?.();
    await vi.waitFor(() => expect(typesIn(logs)).toEqual(["session_start"]));
    await ask(observer);
    await put({ type: "text_delta", ts: 1, run_id: "r", block_id: "b", offset: 0, content: "late" });
    await logs.close();
    await ask(observer);
    expect(typesIn(logs)).toEqual(["session_start", "agent_input", "text_delta"]);
  });

  it("a removed run's file goes, and does not come back with what was about to be copied", async () => {
    const { logs, put, store } = await open();
    await put(begun, done);
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const read = store.read.bind(store);
    store.read = async (...args) => {
      asked.resolve();
      await answered.promise;
      return read(...args);
    };
    file("r.jsonl", 0);
    const observer = logs.observe(run);
    observer.begun?.(1);
    await ask(observer);
    observer.left?.();
    await asked.promise;
    await logs.remove(["r"]);
    answered.resolve();
    await ask(observer);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(logs.pathOf("r"))).toBe(false);
  });

  it("reads one page at a time, however many runs are copied; one that cannot be read holds no other back", async () => {
    const { logs, put, store } = await open();
    await put(begun, done);
    let [reading, most] = [0, 0];
    const read = store.read.bind(store);
    store.read = async (...args) => {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      if (args[0] === "broken") throw new Error("unreadable");
      return read(...args);
    };
    for (const [run_id, session_id] of [
      ["a", "broken"],
      ["b", "broken"],
      ["r", "s"],
    ] as const) {
      const observer = logs.observe({ ...run, run_id, session_id });
      observer.begun?.(1);
      observer.left?.();
    }
    await logs.close();
    expect(most).toBe(1);
    expect(typesIn(logs)).toEqual(["session_start", "done"]);
  });

  it("a folder that went away is told of once for a run and fails nothing", async () => {
    const { logs, log } = await open();
    await logs.sweep();
    const observer = logs.observe(run);
    rmSync(folder, { recursive: true });
    await ask(observer);
    await ask(observer);
    await logs.close();
    expect(log.filter((line) => line.includes("could not be brought up"))).toHaveLength(1);
  });
});
