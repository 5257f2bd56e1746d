import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { evolve } from "./evolve.ts";
import { emptyView, type Message, type Turn, type View } from "./view.ts";

/** What one event may take where thousands are held, in milliseconds. */
const MOMENT = 400;

const ids = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`);

const message = (message_id: string, seq: number, replaces: string | null = null): Message => ({
  ...{ message_id, content: "", mode: "queue", options: null, attachments: [], replaces, seq, ts: 0 },
});

const started = (seq: number, message_ids: string[]): Event => ({
  ...{ v: 1, session_id: "s", run_id: "new", seq, ts: 0, type: "session_start", message_ids },
  ...{ model: "m", agent: "a", max_steps: 1, token_limit: 1, tools: [] },
});

/** The view after an event, and the milliseconds that it took. */
function timed(view: View, event: Event): { view: View; ms: number } {
  const before = Date.now();
  const next = evolve(view, event);
  return { view: next, ms: Date.now() - before };
}

describe("F53: one event takes a moment, however much is held", () => {
  it("a run that takes many of many messages", () => {
    const waiting = ids(40_000, "m");
    const view = { ...emptyView(), session_id: "s", seq: 40_000, queue: waiting.map((id, at) => message(id, at + 1)) };
    const { view: next, ms } = timed(view, started(40_001, waiting.slice(1).toReversed()));
    expect(next.queue.map(({ message_id }) => message_id)).toEqual(["m0"]);
    expect(next.turns[0]?.items).toHaveLength(39_999);
    expect(ms).toBeLessThan(MOMENT);
  });

  it("a run that takes the place of another, as thousands did before", () => {
    const siblings = ids(40_000, "m");
    const aside = siblings.map((id, index) => turn(id, index + 1, siblings));
    const view: View = {
      ...emptyView(),
      ...{ session_id: "s", seq: 40_001, turns: aside.slice(-1), aside: aside.slice(0, -1) },
      queue: [message("new", 40_001, "m39999")],
    };
    const { view: next, ms } = timed(view, started(40_002, ["new"]));
    expect([next.turns, next.aside].map(({ length }) => length)).toEqual([1, 40_000]);
    expect(next.turns[0]?.branch).toMatchObject({ index: 40_000, count: 40_001 });
    expect(next.aside[7]?.branch).toMatchObject({ index: 7, count: 40_001 });
    expect(ms).toBeLessThan(MOMENT);
  });
});

function turn(message_id: string, seq: number, siblings: readonly string[]): Turn {
  return {
    ...{ run_id: `run ${message_id}`, seq, model: "m", agent: "a", max_steps: 1, token_limit: 1, tools: [] },
    ...{ started_at: 0, ended_seq: seq, step: 0, tokens: 0, parent: null, chosen_seq: seq },
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    phase: { state: "error", code: "", message: "", reason: "", retryable: false, ended_at: 0 },
    items: [{ kind: "message", message: message(message_id, seq), seq, ts: 0 }],
    branch: { index: seq - 1, count: siblings.length, siblings },
  };
}
