import type { StreamChunk } from "@millrace/client";
import { expect, it } from "vitest";
import { NOTHING_PIPED, pipe } from "./pipe-view.ts";
import { styleFor } from "./style.ts";
import { chunk, usage } from "./testing.ts";

function piped(...chunks: StreamChunk[]): { out: string; err: string } {
  let view = NOTHING_PIPED;
  let [out, err] = ["", ""];
  for (const one of chunks) {
    const next = pipe(view, one, styleFor(false));
    view = next.view;
    out += next.out;
    err += next.err;
  }
  return { out, err };
}

const done = chunk("done", { content: "", steps: 1, reason: "completed", usage });

it("puts the answer into the output exactly as it came, with a newline at its end, and the rest beside it", () => {
  const result = { tool_call_id: "t", tool_name: "look", outcome: "completed", success: true, execution_time: 0 };
  const first = [chunk("step"), chunk("thinking", { content: "hm" }), chunk("text_delta", { content: "One\u0007." })];
  const call = [chunk("tool_call", { tool_call_id: "t", tool_name: "look", args: {} }), chunk("tool_result", result)];
  expect(piped(...first, ...call, chunk("step"), chunk("text_delta", { content: "Two." }), done)).toEqual({
    out: "One\u0007.\n\nTwo.\n",
    err: "✓ look 0.0 s\n",
  });
});

it("adds no second newline", () => {
  expect(piped(chunk("text_delta", { content: "One.\n" }), done)).toEqual({ out: "One.\n", err: "" });
  expect(piped(done).out).toBe("");
});

it("says why an answer is not whole", () => {
  const error = chunk("error", { message: "It broke.", reason: "model_error" });
  expect(piped(chunk("text_delta", { content: "On" }), error)).toEqual({
    out: "On\n",
    err: "✗ It broke. (model_error)\n",
  });
  expect(piped(chunk("done", { reason: "length", steps: 1, usage })).err).toContain("length limit");
});
