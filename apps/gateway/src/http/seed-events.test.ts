import type { Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { seedEvent } from "./seed-events.ts";

const envelope = { v: 1, session_id: "s", run_id: "r", seq: 9, from: 7, ts: 5 } as const;
const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
const seed = (event: object): unknown => seedEvent({ ...envelope, ...event } as Event, "s");

describe("seedEvent", () => {
  it("HTTP-3: names and shapes what the documents name", () => {
    expect(seed({ type: "thinking", block_id: "b", offset: 0, content: "Hm" })).toEqual({
      type: "thinking",
      data: { delta: "Hm" },
    });
    expect(seed({ type: "text_delta", block_id: "b", offset: 0, content: "Hi" })).toEqual({
      type: "content",
      data: { delta: "Hi" },
    });
    expect(seed({ type: "tool_call", tool_call_id: "c", tool_name: "bash", args: { command: "date" } })).toEqual({
      type: "tool_call",
      data: { tool: "bash", arguments: { command: "date" }, tool_call_id: "c" },
    });
    const result = { success: true, content: "Friday", error: null, execution_time: 0.01, tool_call_id: "c" };
    expect(seed({ type: "tool_result", tool_name: "bash", outcome: "completed", ...result })).toEqual({
      type: "tool_result",
      data: { tool: "bash", ...result },
    });
    expect(seed({ type: "done", content: "Bye", steps: 2, reason: "completed", usage })).toEqual({
      type: "done",
      data: { message: "Bye", steps: 2, reason: "completed", usage, session_id: "s" },
    });
    expect(
      seed({ type: "error", code: "c", message: "m", reason: "max_steps_reached", retryable: true }),
    ).toMatchObject({
      type: "error",
      data: { message: "m", reason: "max_steps_reached" },
    });
  });

  it("HTTP-3: everything else goes under its own type with its own fields, without the envelope", () => {
    expect(seed({ type: "step", step: 1, max_steps: 5, tokens: 9, token_limit: 10 })).toEqual({
      type: "step",
      data: { run_id: "r", step: 1, max_steps: 5, tokens: 9, token_limit: 10 },
    });
    expect(seed({ type: "log_file", log_file: "/x.log" })).toMatchObject({
      type: "log_file",
      data: { log_file: "/x.log" },
    });
  });
});
