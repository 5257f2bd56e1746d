import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "@millrace/protocol";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoredEvent } from "../session/stored-event.ts";
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

async function open({ keep_bytes = 1_000_000 } = {}): Promise<{ logs: RunLogs; log: string[] }> {
  const log: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void log.push(line) });
  const parts = { folder, redact: (text: string) => text, now: () => NOW, log: logger };
  const logs = await RunLogs.open({ ...parts, keep_ms: 30 * DAY_MS, keep_bytes });
  opened.push(logs);
  return { logs, log };
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

  it("has one line for the deltas of a block that came between two flushes, in their place", async () => {
    const { logs } = await open();
    const observer = logs.observe(run);
    const stored = (seq: number, event: NewEvent) =>
      observer.stored?.(StoredEvent.committed("s", { seq, from: seq, body: JSON.stringify(event) }, event));
    const delta = (offset: number, content: string): NewEvent => ({
      type: "text_delta",
      ...{ ts: 1, run_id: "r", block_id: "1", offset, content },
    });
    for (let seq = 1; seq <= 2_500; seq += 1) stored(seq, delta(seq - 1, "x"));
    stored(2_501, { type: "session_updated", ts: 2, title: "t" });
    observer.left?.();
    await logs.close();
    const lines = readFileSync(logs.pathOf("r"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line)).map(({ from, seq, type }) => [from, seq, type])).toEqual([
      [1, 1_000, "text_delta"],
      [1_001, 2_000, "text_delta"],
      [2_001, 2_500, "text_delta"],
      [undefined, 2_501, "session_updated"],
    ]);
  });

  it("what comes after the end is still written, and close writes what waits", async () => {
    const { logs } = await open();
    const observer = logs.observe(run);
    observer.left?.();
    const asked = observer.model?.({ id: "m", stream: async function* () {} });
    for await (const _ of asked?.stream(
      { system: null, messages: [], tools: [], thinking: null },
      AbortSignal.abort(),
    ) ?? []);
    await logs.close();
    const types = readFileSync(logs.pathOf("r"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(types).toEqual(["agent_input", "agent_answer"]);
  });

  it("a folder that went away is told of once for a run and fails nothing", async () => {
    const { logs, log } = await open();
    const observer = logs.observe(run);
    rmSync(folder, { recursive: true });
    for (let turn = 0; turn < 2; turn++) {
      const asked = observer.model?.({ id: "m", stream: async function* () {} });
      for await (const _ of asked?.stream(
        { system: null, messages: [], tools: [], thinking: null },
        AbortSignal.abort(),
      ) ?? []);
      await logs.close();
    }
    expect(log.filter((line) => line.includes("log file"))).toHaveLength(1);
  });
});
