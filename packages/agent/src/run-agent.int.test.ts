import { reply, startScriptedModel, stepOf, text, toolCalls } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openAiModel } from "./model/openai-model.ts";
import { runAgent } from "./run-agent.ts";
import { RUN_ID, TestLog } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => ({ content: String(a + b) }),
});

describe("a run against an endpoint", () => {
  it("calls a tool and answers", async () => {
    const call = { id: "call_1", name: "add", arguments: { a: 2, b: 3 }, fragments: 4 };
    await using server = await startScriptedModel({
      responder: (request) =>
        stepOf(request) === 1 ? toolCalls([call]) : reply("It is 5.", { reasoning: "Easy.", size: 2 }),
    });
    const log = TestLog.begun("2 + 3?");
    await runAgent(log.input(openAiModel({ base_url: server.url, model: "m" }), { tools: [add], system: "Be brief." }));
    expect(log.emitted().at(-1)).toMatchObject({ type: "done", content: "It is 5.", steps: 2, reason: "completed" });
    expect(log.emitted().find(({ type }) => type === "tool_result")).toMatchObject({
      outcome: "completed",
      content: "5",
    });
    expect(server.requests[1]?.body.messages).toMatchObject([
      { role: "system", content: "Be brief." },
      { role: "user", content: "2 + 3?" },
      { role: "assistant", tool_calls: [{ id: "call_1", function: { name: "add", arguments: '{"a":2,"b":3}' } }] },
      { role: "tool", tool_call_id: "call_1", content: "5" },
    ]);
    expect(server.requests[0]?.body.tools).toMatchObject([
      { function: { name: "add", parameters: { type: "object" } } },
    ]);
  });

  it("that is stopped closes the upstream request at once and keeps what was said (R4)", async () => {
    await using server = await startScriptedModel({ responder: () => [...text("so far"), { hang: true }] });
    const stop = new AbortController();
    const log = TestLog.begun();
    const running = runAgent(
      log.input(openAiModel({ base_url: server.url, model: "m" }), {
        signal: stop.signal,
        emit: (event) => {
          log.add(event, RUN_ID);
          if (event.type === "text_delta") stop.abort();
        },
      }),
    );
    await running;
    expect(log.types()).toEqual(["step", "text_delta", "cancelled"]);
    expect(log.emitted().at(-1)).toMatchObject({ content: "so far" });
    await server.requests[0]!.closed;
    expect(server.requests[0]).toMatchObject({ aborted: true });
  });

  it("that fails, and fails again, ends with the model's error", async () => {
    await using server = await startScriptedModel({ responder: () => [...text("so far"), { cut: "rst" }] });
    const log = TestLog.begun();
    await runAgent(log.input(openAiModel({ base_url: server.url, model: "m" })));
    expect(log.types()).toEqual(["step", "text_delta", "retry", "text_delta", "error"]);
    expect(log.emitted().at(-1)).toMatchObject({ code: "truncated", reason: "model_error", retryable: true });
  });
});
