import type { Event } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import type { StreamChunk } from "./chunk.ts";
import { collect } from "./collect.ts";
import { RejectedError } from "./errors.ts";
import { event, text } from "./testing/rig.ts";

const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
const run_id = "r1";
const step = (seq: number, step: number): Event => event(seq, { type: "step", run_id, step });
const done = (seq: number, content: string): Event =>
  event(seq, { type: "done", run_id, content, steps: 2, reason: "completed", usage, cost: 0.5 });
const call = (seq: number): Event =>
  event(seq, { type: "tool_call", run_id, tool_call_id: `t${seq}`, tool_name: "look", args: { at: seq } });
const result = (seq: number, of: number): Event =>
  event(seq, { type: "tool_result", run_id, tool_call_id: `t${of}`, tool_name: "look", content: "seen" });

async function* streamed(...chunks: StreamChunk[]): AsyncGenerator<StreamChunk> {
  yield* chunks;
}

describe("collect", () => {
  it("adds deltas up and compares them with the final answer, which is the last step's", async () => {
    const first = [step(2, 1), text(3, 3, 0, "Let me see."), call(4), result(5, 4)];
    const second = [step(6, 2), text(7, 7, 0, "It "), text(8, 8, 3, "is.")];
    const got = await collect(
      streamed(event(1, { type: "session_start", run_id }), ...first, ...second, done(9, "It is.")),
    );
    expect(got).toMatchObject({ text: "It is.", final: "It is.", matches: true, session_id: "s", run_id: "r1" });
    expect(got).toMatchObject({ steps: 2, usage, cost: 0.5, reason: "completed", error: null });
    expect(got.tool_calls).toMatchObject([{ tool_call_id: "t4", args: { at: 4 }, result: { content: "seen" } }]);
    expect(got.events.map(({ type, seq }) => [type, seq])).toEqual([
      ...[
        ["session_start", 1],
        ["step", 2],
        ["text_delta", 3],
        ["tool_call", 4],
        ["tool_result", 5],
        ["step", 6],
      ],
      ...[
        ["text_delta", 8],
        ["done", 9],
      ],
    ]);
  });

  it("tells when a delta is missing or came twice", async () => {
    const lost = await collect(streamed(step(1, 1), text(2, 2, 0, "a"), done(4, "ab")));
    expect(lost).toMatchObject({ text: "a", final: "ab", matches: false });
    const twice = await collect(streamed(step(1, 1), text(2, 2, 0, "a"), text(2, 2, 0, "a"), done(3, "a")));
    expect(twice).toMatchObject({ text: "aa", final: "a", matches: false });
  });

  it("FOLD-6: leaves out what a retry made void, text and calls", async () => {
    const retry = event(5, { type: "retry", run_id, discard_from: 2, content: "503" });
    const chunks = [step(1, 1), text(2, 3, 0, "Ha"), call(4), retry, text(6, 6, 0, "Hello"), done(7, "Hello")];
    const got = await collect(streamed(...chunks));
    expect(got).toMatchObject({ text: "Hello", matches: true, tool_calls: [] });
    expect(got.events).toHaveLength(6);
  });

  it("STOP-4: of a run that was stopped, the text is what all steps said", async () => {
    const said = [step(1, 1), text(2, 2, 0, "One."), call(3), step(5, 2), step(6, 3), text(7, 7, 0, "Tw")];
    const end = event(8, { type: "cancelled", run_id, content: "One.\n\nTw", steps: 3, usage });
    const got = await collect(streamed(...said, end));
    expect(got).toMatchObject({ text: "One.\n\nTw", matches: true, reason: "cancelled", steps: 3 });
    expect(got.tool_calls[0]?.result).toBeNull();
    expect(got).not.toHaveProperty("cost");
  });

  it("a failed run is a result with its error, and the usage that was told until then", async () => {
    const output = event(3, { type: "agent_output", run_id, step: 1, usage });
    const error = { type: "error", run_id, code: "overloaded", message: "503", reason: "model_error", retryable: true };
    const got = await collect(streamed(step(1, 1), text(2, 2, 0, "Ha"), output, event(4, error)));
    expect(got).toMatchObject({ text: "Ha", final: null, matches: false, reason: "model_error", usage, steps: 1 });
    expect(got.error).toEqual({ code: "overloaded", message: "503", retryable: true });
  });

  it("keeps what it does not know, and throws what the stream throws", async () => {
    const unknown: StreamChunk = { type: "unknown", session_id: "s", seq: 2, event: { type: "new" } };
    expect((await collect(streamed(unknown))).events).toEqual([unknown]);
    expect((await collect(streamed(unknown))).reason).toBe("incomplete");
    async function* failing(): AsyncGenerator<StreamChunk> {
      yield unknown;
      throw new RejectedError("not_found", "gone");
    }
    await expect(collect(failing())).rejects.toMatchObject({ code: "not_found" });
  });
});
