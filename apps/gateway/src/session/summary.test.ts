import type { NewEvent } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { summaryAfter } from "./summary.ts";

const ts = 7;
const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
const message: NewEvent = { type: "user_message", message_id: "m", content: " First\nwords ", mode: "queue", ts };
const done: NewEvent = { type: "done", run_id: "r", content: "", steps: 1, reason: "completed", usage, ts };
const error: NewEvent = { type: "error", run_id: "r", code: "c", message: "m", reason: "x", retryable: false, ts };

describe("summaryAfter", () => {
  it("the first message gives the title, later ones only the status", () => {
    expect(summaryAfter(message, { title: "" }, false)).toEqual({
      status: "running",
      title: "First words",
      updated_at: ts,
    });
    expect(summaryAfter(message, { title: "Mine" }, false)).toEqual({ status: "running", updated_at: ts });
  });

  it("a run's end leaves the session idle or failed, and running where another message waits", () => {
    expect(summaryAfter(done, { title: "" }, false)).toEqual({ status: "idle", updated_at: ts });
    expect(summaryAfter({ ...done, type: "cancelled" }, { title: "" }, false)).toMatchObject({ status: "idle" });
    expect(summaryAfter(error, { title: "" }, false)).toEqual({ status: "failed", updated_at: ts });
    for (const end of [done, error])
      expect(summaryAfter(end, { title: "" }, true)).toMatchObject({ status: "running" });
  });

  it("an update changes what it names and nothing else", () => {
    expect(summaryAfter({ type: "session_updated", title: "T", ts }, { title: "" }, false)).toEqual({ title: "T" });
    expect(summaryAfter({ type: "session_updated", model: "m", ts }, { title: "" }, false)).toEqual({ model: "m" });
  });

  it("a delta changes nothing", () => {
    const delta: NewEvent = { type: "text_delta", run_id: "r", block_id: "b", offset: 0, content: "x", ts };
    expect(summaryAfter(delta, { title: "" }, false)).toBeUndefined();
  });
});
