import { type Event, emptyView, fold } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { LiveView } from "./live-view.ts";

const at = (seq: number, event: object): Event => ({ v: 1, session_id: "s", seq, ts: seq, ...event }) as Event;

function* log(deltas: number): Iterable<Event> {
  let seq = 0;
  yield at(++seq, { type: "user_message", message_id: "m", content: "hi", mode: "queue" });
  const start = { message_ids: ["m"], model: "m", agent: "a", max_steps: 9, token_limit: 9, tools: [] };
  yield at(++seq, { type: "session_start", run_id: "r", ...start });
  for (const type of ["thinking", "text_delta"])
    for (let offset = 0; offset < deltas; offset += 1)
      yield at(++seq, { type, run_id: "r", block_id: type, offset, content: "x" });
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  yield at(++seq, { type: "done", run_id: "r", content: "x", steps: 1, reason: "stop", usage });
}

describe("LiveView", () => {
  it.each([1, 1_000])("looked at after every %d events it is their fold", (every) => {
    const live = new LiveView();
    const events: Event[] = [];
    for (const event of log(300)) {
      live.push(event);
      events.push(event);
      expect(live.seq).toBe(event.seq);
      if (events.length % every === 0) expect(live.view).toEqual(fold(emptyView(), events));
    }
    expect(live.view).toEqual(fold(emptyView(), events));
    expect(live.view.seq).toBe(events.length);
  });

  it("stays the same while nothing comes", () => {
    const live = new LiveView();
    for (const event of log(3)) live.push(event);
    expect(live.view).toBe(live.view);
  });
});
