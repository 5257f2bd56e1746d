import type { EmittedEvent } from "@millrace/protocol";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { deltaHook } from "./delta-hook.ts";
import type { OnDelta } from "./on-delta.ts";

const run = { run_id: "r", session_id: "s", agent: "a", model: "m", provider: "p", resumed: false };
const text = (content: string): EmittedEvent => ({ type: "text_delta", block_id: "b", offset: 0, content });

function rig(onDelta: OnDelta) {
  const log: string[] = [];
  const put: EmittedEvent[] = [];
  const observer = deltaHook(onDelta, run, pino({ base: null }, { write: (line: string) => void log.push(line) }));
  return { emit: (event: EmittedEvent) => observer.emitted?.(event, (data) => put.push(data)), put, log };
}

describe("deltaHook", () => {
  it("sees text, reasoning and tool output as they are produced, and nothing else", () => {
    const seen: string[] = [];
    const { emit } = rig((event, { run_id, session_id }) => {
      seen.push(`${session_id}/${run_id} ${event.type} ${event.content}`);
    });
    emit({ type: "step", step: 1, max_steps: 2, tokens: 0, token_limit: 9 });
    emit({ type: "thinking", block_id: "b", offset: 0, content: "hm" });
    emit(text("hi"));
    emit({ type: "tool_call_delta", tool_call_id: "c", tool_name: "t", offset: 0, content: "{" });
    emit({ type: "tool_output_delta", tool_call_id: "c", offset: 0, content: "out" });
    expect(seen).toEqual(["s/r thinking hm", "s/r text_delta hi", "s/r tool_output_delta out"]);
  });

  it("puts data events into the stream, as they are when they are put", () => {
    const value = { words: ["a"] };
    const { emit, put } = rig((_event, { data }) => {
      data("keywords", value);
      value.words.push("later");
    });
    emit(text("x"));
    expect(put).toEqual([{ type: "data", name: "keywords", value: { words: ["a"] } }]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["rejects", () => Promise.reject(new Error("mine"))],
    ["puts what is not JSON", (_event, { data }) => data("x", undefined)],
    ["puts what cannot be JSON", (_event, { data }) => data("x", 1n)],
    ["puts too much", (_event, { data }) => data("x", "y".repeat(40_000))],
    ["puts without a name", (_event, { data }) => data("", 1)],
  ] as [string, OnDelta][])("a hook that %s is told of once and switched off for the run", async (_how, hook) => {
    let calls = 0;
    const { emit, put, log } = rig((event, context) => {
      calls += 1;
      return hook(event, context);
    });
    expect(() => emit(text("1"))).not.toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    emit(text("2"));
    emit(text("3"));
    expect(calls).toBe(1);
    expect(put).toEqual([]);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain("hooks.onDelta");
  });
});
