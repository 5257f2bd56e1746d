import type { NewEvent } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { type Pending, summaryAfter } from "./summary.ts";

const ts = 7;
const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
const message: NewEvent = { type: "user_message", message_id: "m", content: " First\nwords ", mode: "queue", ts };
const done: NewEvent = { type: "done", run_id: "r", content: "", steps: 1, reason: "completed", usage, ts };
const error: NewEvent = { type: "error", run_id: "r", code: "c", message: "m", reason: "x", retryable: false, ts };

const ask: NewEvent = {
  type: "interaction_request",
  run_id: "r",
  request_id: "q",
  interaction_kind: "question",
  content: "?",
  options: [],
  ts,
};
const answer: NewEvent = { type: "user_input_received", run_id: "r", request_id: "q", answer: "!", by: "u", ts };

const pending = (what: { messages?: boolean; questions?: boolean; runs?: boolean }): Pending => ({
  messages: () => what.messages ?? false,
  questions: () => what.questions ?? false,
  runs: () => what.runs ?? false,
});
const nothing = pending({});

describe("summaryAfter", () => {
  it("the first message gives the title, later ones only the status", () => {
    expect(summaryAfter(message, { title: "" }, nothing)).toEqual({
      status: "running",
      title: "First words",
      updated_at: ts,
    });
    expect(summaryAfter(message, { title: "Mine" }, nothing)).toEqual({ status: "running", updated_at: ts });
  });

  it("a greeting gives no title: the answer does, and never over one that is there", () => {
    const hello = { ...message, content: "Hello!" };
    const answered = { ...done, content: "# Ways to begin\nMany." };
    expect(summaryAfter(hello, { title: "" }, nothing)).toMatchObject({ title: "" });
    expect(summaryAfter(answered, { title: "" }, nothing)).toMatchObject({ title: "Ways to begin" });
    expect(summaryAfter(answered, { title: "Mine" }, nothing)).toEqual({ status: "idle", updated_at: ts });
  });

  it("F95: the last message is taken back after the run before it counted on it: nothing runs any more", () => {
    const withdrawn: NewEvent = { type: "message_withdrawn", message_id: "m", ts };
    expect(summaryAfter(withdrawn, { title: "" }, nothing)).toEqual({ status: "idle" });
    expect(summaryAfter(withdrawn, { title: "" }, pending({ runs: true }))).toBeUndefined();
    expect(summaryAfter(withdrawn, { title: "" }, pending({ messages: true }))).toBeUndefined();
  });

  it("a run's end leaves the session idle or failed, and running where another message waits", () => {
    expect(summaryAfter(done, { title: "" }, nothing)).toEqual({ status: "idle", updated_at: ts });
    expect(summaryAfter({ ...done, type: "cancelled" }, { title: "" }, nothing)).toMatchObject({ status: "idle" });
    expect(summaryAfter(error, { title: "" }, nothing)).toEqual({ status: "failed", updated_at: ts });
    for (const end of [done, error])
      expect(summaryAfter(end, { title: "" }, pending({ messages: true }))).toMatchObject({ status: "running" });
  });

  it("ASK-1: a session waits while a question is open, whatever is said meanwhile, and goes on after the last answer", () => {
    const asked = pending({ questions: true });
    expect(summaryAfter(ask, { title: "T" }, asked)).toEqual({ status: "waiting", updated_at: ts });
    expect(summaryAfter(message, { title: "T" }, asked)).toMatchObject({ status: "waiting" });
    expect(summaryAfter(answer, { title: "T" }, asked)).toEqual({ status: "waiting" });
    expect(summaryAfter(answer, { title: "T" }, nothing)).toEqual({ status: "running" });
  });

  it("an update changes what it names and nothing else", () => {
    expect(summaryAfter({ type: "session_updated", title: "T", ts }, { title: "" }, nothing)).toEqual({ title: "T" });
    expect(summaryAfter({ type: "session_updated", model: "m", ts }, { title: "" }, nothing)).toEqual({ model: "m" });
  });

  it("a delta changes nothing", () => {
    const delta: NewEvent = { type: "text_delta", run_id: "r", block_id: "b", offset: 0, content: "x", ts };
    expect(summaryAfter(delta, { title: "" }, nothing)).toBeUndefined();
  });
});
