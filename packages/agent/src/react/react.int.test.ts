import { failure, type Script, startScriptedModel, text } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openAiModel } from "../model/openai-model.ts";
import { runAt } from "../testing/run-at.ts";
import { defineTool } from "../tool.ts";
import { functionCallingOrReact, type ToolMode } from "./function-calling-or-react.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => ({ content: String(a + b) }),
});

const CALL = "Thought: I add.\nAction: add\nAction Input: {'a': 1, 'b': 2}\nObservation: 12\nThought: so\nAnswer: 12";
const ANSWER = "Thought: I know.\nAnswer: It is 3.\n";

/** An endpoint that refuses tools, and otherwise calls one and then answers, in text. */
async function run(mode: ToolMode, refuse: Script | null) {
  await using server = await startScriptedModel({
    responder: ({ tools, messages }) => {
      if (tools && tools.length > 0 && refuse !== null) return refuse;
      return text(messages.some(({ content }) => String(content).startsWith("Observation: 3")) ? ANSWER : CALL, {
        size: 1,
      });
    },
  });
  const model = functionCallingOrReact(openAiModel({ base_url: server.url, model: "m" }), { mode });
  const ran = await runAt(server.url, {}, { model, tools: [add], clock: { now: () => 0 } });
  return { ran, requests: server.requests };
}

describe("a run on a model without tools", () => {
  it.each<[ToolMode, Script | null, number]>([
    ["react", null, 2],
    ["auto", failure(400, "registry.ollama.ai/library/gemma3:4b does not support tools"), 3],
  ])("in mode %s thinks, calls, reads the result and answers", async (mode, refuse, asked) => {
    const { ran, requests } = await run(mode, refuse);
    expect(ran.end).toMatchObject({ type: "done", content: "It is 3.", reason: "completed", steps: 2 });
    expect(ran.retries).toEqual([]);
    expect(ran.log.emitted().filter(({ type }) => type === "tool_result")).toMatchObject([
      { tool_name: "add", content: "3", outcome: "completed" },
    ]);
    const thought = ran.log
      .emitted()
      .map((event) => (event.type === "thinking" ? event.content : ""))
      .join("");
    expect(thought).toBe("I add.I know.");
    expect(requests).toHaveLength(asked);
    expect(requests.at(-1)?.body.tools).toBeUndefined();
    expect(requests.at(-1)?.body.messages).toMatchObject([
      { role: "system", content: expect.stringContaining("### add") },
      { role: "user" },
      { role: "assistant", content: expect.stringContaining('Action: add\nAction Input: {"a":1,"b":2}') },
      { role: "user", content: "Observation: 3" },
    ]);
  });
});
