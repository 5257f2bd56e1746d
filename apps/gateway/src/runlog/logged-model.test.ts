import type { ModelChunk, ModelPort, ModelRequest } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { type LogLine, loggedModel } from "./logged-model.ts";

const NEVER = new AbortController().signal;
const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };

function saying(...answers: (readonly ModelChunk[] | Error)[]): ModelPort {
  let asked = 0;
  return {
    id: "m",
    async *stream() {
      const answer = answers[asked++] ?? [];
      if (answer instanceof Error) throw answer;
      for (const chunk of answer) yield [chunk];
    },
  };
}

async function ask(port: ModelPort, request: ModelRequest, signal = NEVER): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = [];
  for await (const some of port.stream(request, signal)) chunks.push(...some);
  return chunks;
}

function rig(...answers: (readonly ModelChunk[] | Error)[]): { port: ModelPort; lines: LogLine[] } {
  const lines: LogLine[] = [];
  let calls = 0;
  const port = loggedModel(saying(...answers), { write: (line) => lines.push(line), number: () => ++calls });
  return { port, lines };
}

const tools = [{ name: "t", description: "d", parameters: {} }];
const request = (messages: ModelRequest["messages"]): ModelRequest => ({
  system: "s",
  messages,
  tools,
  thinking: null,
});

describe("loggedModel", () => {
  it("writes what is asked and what is answered, and changes neither", async () => {
    const answer: ModelChunk[] = [
      { type: "reasoning", text: "Hm. " },
      { type: "text", text: "He" },
      { type: "text", text: "llo" },
      { type: "tool_call", index: 0, id: "c", name: "t", arguments: '{"a"' },
      { type: "tool_call", index: 0, arguments: ":1}" },
      { type: "tool_call", index: 1, id: "d", name: "t", arguments: "{}" },
      { type: "finish", reason: "tool_calls" },
      { type: "usage", usage },
    ];
    const { port, lines } = rig(answer);
    expect(port.id).toBe("m");
    expect(await ask(port, request([{ role: "user", content: "hi" }]))).toEqual(answer);
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
      {
        type: "agent_answer",
        model: "m",
        call: 1,
        aborted: false,
        text: "Hello",
        reasoning: "Hm. ",
        tool_calls: [
          { index: 0, id: "c", name: "t", arguments: '{"a":1}' },
          { index: 1, id: "d", name: "t", arguments: "{}" },
        ],
        finish_reason: "tool_calls",
        usage,
      },
    ]);
  });

  it("does not repeat what the request before held, also where the conversation grows in place", async () => {
    const { port, lines } = rig([], [], []);
    const messages: ModelRequest["messages"][number][] = [{ role: "user", content: "one" }];
    await ask(port, request(messages));
    messages.push({ role: "assistant", content: "two", tool_calls: [] });
    await ask(port, request(messages));
    await ask(port, { ...request([{ role: "user", content: "a summary" }]), system: "other" });
    const inputs = lines.filter(({ type }) => type === "agent_input");
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

  it("writes a failure down and lets it through; a reader that leaves is written down too", async () => {
    const { port, lines } = rig(new Error("broken"), [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]);
    await expect(ask(port, request([]))).rejects.toThrow("broken");
    expect(lines[1]).toMatchObject({ type: "agent_failure", message: "broken", call: 1 });
    for await (const _ of port.stream(request([]), NEVER)) break;
    expect(lines[3]).toMatchObject({ type: "agent_answer", text: "a", finish_reason: null, call: 2 });
  });
});
