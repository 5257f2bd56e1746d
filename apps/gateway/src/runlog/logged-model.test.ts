import type { ModelChunk, ModelPort, ModelRequest } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { type LogLine, loggedModel } from "./logged-model.ts";

const NEVER = new AbortController().signal;

function rig(answer: AsyncIterable<readonly ModelChunk[]> = nothing()): { port: ModelPort; lines: LogLine[] } {
  const lines: LogLine[] = [];
  let calls = 0;
  const inner: ModelPort = { id: "m", stream: () => answer };
  const port = loggedModel(inner, { note: (line) => lines.push(line), number: () => ++calls });
  return { port, lines };
}

async function* nothing(): AsyncGenerator<readonly ModelChunk[]> {}

const tools = [{ name: "t", description: "d", parameters: {} }];
const request = (messages: ModelRequest["messages"]): ModelRequest => ({
  system: "s",
  messages,
  tools,
  thinking: null,
});

describe("loggedModel", () => {
  it("notes what is asked before the model hears of it; the answer is the model's own stream", () => {
    const answer = nothing();
    const { port, lines } = rig(answer);
    expect(port.id).toBe("m");
    expect(port.stream(request([{ role: "user", content: "hi" }]), NEVER)).toBe(answer);
    expect(lines).toEqual([
      {
        type: "agent_input",
        model: "m",
        call: 1,
        thinking: null,
        system: "s",
        tools,
        same_messages: 0,
        messages: [{ role: "user", content: "hi" }],
      },
    ]);
  });

  it("does not repeat what the request before held, also where the conversation grows in place", () => {
    const { port, lines: inputs } = rig();
    const messages: ModelRequest["messages"][number][] = [{ role: "user", content: "one" }];
    port.stream(request(messages), NEVER);
    messages.push({ role: "assistant", content: "two", tool_calls: [] });
    port.stream(request(messages), NEVER);
    port.stream({ ...request([{ role: "user", content: "a summary" }]), system: "other" }, NEVER);
    expect(inputs[1]).toEqual({
      type: "agent_input",
      model: "m",
      call: 2,
      thinking: null,
      same_messages: 1,
      messages: [{ role: "assistant", content: "two", tool_calls: [] }],
    });
    expect(inputs[2]).toMatchObject({ system: "other", same_messages: 0, messages: [{ content: "a summary" }] });
  });
});
