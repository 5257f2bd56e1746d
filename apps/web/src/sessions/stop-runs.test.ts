import { RejectedError, type Watch, type WatchFrom, type WatchHandlers } from "@millrace/client";
import type { SessionSummary } from "@millrace/protocol";
import { expect, it, vi } from "vitest";
import { type Body, log, step } from "../session/testing-events.ts";
import { stopEveryRun } from "./stop-runs.ts";

const summary = (session_id: string, status: SessionSummary["status"]): SessionSummary => ({
  session_id,
  title: session_id,
  status,
  head: 9,
  model: null,
  created_at: 0,
  updated_at: 0,
});

function given(logs: Record<string, "open" | "open, not in the tail" | "ended" | "gone" | "silent">) {
  const pages = Object.keys(logs).map((id) => summary(id, id === "idle" ? "idle" : "running"));
  const list = vi.fn(({ cursor }: { cursor?: string } = {}) => {
    const at = Number(cursor ?? 0);
    const next_cursor = at + 1 < pages.length ? String(at + 1) : null;
    return Promise.resolve({ sessions: [pages[at]!], next_cursor });
  });
  const watched: [string, WatchFrom][] = [];
  const closed: string[] = [];
  const watch = (session_id: string, handlers: WatchHandlers, from: WatchFrom = {}): Watch => {
    watched.push([session_id, from]);
    const how = logs[session_id]!;
    const isOpen = how === "open" || (how === "open, not in the tail" && from.tail === undefined);
    if (how === "gone") handlers.onState?.("gone");
    else if (how !== "silent") {
      if (isOpen) handlers.onEvents(log([START, step(1)], `run-${session_id}`));
      handlers.onLive(2);
    }
    return { session_id, cursor: 0, epoch: null, close: () => closed.push(session_id) };
  };
  const timers: (() => void)[] = [];
  const after = (_ms: number, then: () => void) => {
    timers.push(then);
    return () => undefined;
  };
  const clock = { now: () => 0, after };
  const stop = vi.fn((_session: string, _run: string) =>
    Promise.resolve({ type: "ack", id: "1", outcome: "stopping" }),
  );
  const client = { sessions: { list }, watch, stop, clock } as unknown as Parameters<typeof stopEveryRun>[0];
  return { client, stop, watched, closed, timers };
}

const START = {
  type: "session_start" as const,
  message_ids: [],
  model: "m",
  agent: "default",
  max_steps: 5,
  token_limit: 1_000,
  tools: [],
} satisfies Body;

it("stops the open run of each session, on whatever page it is, and says how many", async () => {
  const { client, stop, watched, closed } = given({ a: "open", idle: "open", b: "open" });
  expect(await stopEveryRun(client)).toEqual({ stopped: 2, failed: 0, reason: null });
  expect(stop.mock.calls).toEqual([
    ["a", "run-a"],
    ["b", "run-b"],
  ]);
  expect(watched.map(([id]) => id)).toEqual(["a", "b"]);
  expect(closed.sort()).toEqual(["a", "b"]);
});

it("does not read the session on the screen again", async () => {
  const { client, stop, watched } = given({ a: "silent" });
  expect((await stopEveryRun(client, new Map([["a", "shown"]]))).stopped).toBe(1);
  expect(stop).toHaveBeenCalledWith("a", "shown");
  expect(watched).toEqual([]);
});

it("reads the whole log where the run began before its end", async () => {
  const { client, stop, watched } = given({ a: "open, not in the tail" });
  expect((await stopEveryRun(client)).stopped).toBe(1);
  expect(stop).toHaveBeenCalledWith("a", "run-a");
  expect(watched.map(([, from]) => from.tail)).toEqual([24, undefined]);
});

it("counts neither what has ended meanwhile nor what is gone", async () => {
  const { client, stop } = given({ a: "ended", b: "gone", c: "open", d: "open" });
  stop.mockResolvedValueOnce({ type: "ack", id: "1", outcome: "already_ended" });
  stop.mockRejectedValueOnce(new RejectedError("not_found", "gone"));
  expect(await stopEveryRun(client)).toEqual({ stopped: 0, failed: 0, reason: null });
});

it("says why a run could not be stopped, and stops the others; what is not found in time is given up for good", async () => {
  const { client, stop, timers, closed } = given({ a: "open", b: "silent", c: "open" });
  stop.mockRejectedValueOnce(new RejectedError("rate_limited", "Too many."));
  const stopping = stopEveryRun(client);
  await vi.waitFor(() => expect(timers).toHaveLength(3));
  for (const over of timers) over();
  expect(await stopping).toEqual({ stopped: 1, failed: 2, reason: "Too many." });
  expect(closed).toContain("b");
  expect(stop.mock.calls.map(([id]) => id)).toEqual(["a", "c"]);
});
