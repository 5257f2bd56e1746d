import {
  type ChatRequest,
  failure,
  reasoning,
  type Script,
  startScriptedModel,
  stepOf,
  text,
  toolCalls,
} from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { runAgent } from "../run-agent.ts";
import { RUN_ID, TestLog } from "../testing/test-log.ts";
import { add, run_agent } from "../testing/test-tools.ts";
import { openAiModel } from "./openai-model.ts";

/** What was sent with each message that called tools: undefined where the field was missing. */
const sentBack = (request: ChatRequest): unknown[] =>
  request.messages.flatMap((message) =>
    (message.tool_calls ?? []).length > 0 ? [(message as { reasoning_content?: unknown }).reasoning_content] : [],
  );

/** Thinks, calls; calls without a thought; answers. */
function script(request: ChatRequest, name: string): Script {
  const step = stepOf(request);
  const call = (id: string): Script => toolCalls([{ id, name, arguments: {} }]) as never;
  if (step === 1) return [...reasoning("I must add.", { size: 4 }), ...(call(`a${request.messages.length}`) as [])];
  if (step === 2) return call(`b${request.messages.length}`);
  return [...reasoning("It is clear."), ...text("It is 5.")];
}

/** Refuses, in DeepSeek's words, a conversation in which what was thought before a call is missing. */
function strict(request: ChatRequest, name = "add"): Script {
  if (sentBack(request).some((field) => typeof field !== "string"))
    return failure(400, "The `reasoning_content` in the thinking mode must be passed back to the API.");
  return script(request, name);
}

async function next(log: TestLog, run_id: string, base_url: string, send_reasoning?: boolean): Promise<void> {
  if (run_id !== RUN_ID) {
    log.add({ type: "user_message", message_id: run_id, content: "again", mode: "queue" });
    log.start([run_id], run_id);
  }
  const emit = (event: Parameters<TestLog["add"]>[0]): void => log.add(event, run_id);
  const model = openAiModel({ base_url, model: "m", send_reasoning });
  await runAgent(log.input(model, { run_id, emit, tools: [add, run_agent] }));
}

describe("what was thought before tools were called", () => {
  it("goes back to an endpoint that wants it, in this run and the next, empty where nothing was thought", async () => {
    await using server = await startScriptedModel({ responder: (request) => strict(request) });
    const log = TestLog.begun();
    await next(log, RUN_ID, server.url, true);
    await next(log, "run-2", server.url, true);
    expect(log.emitted().filter(({ type }) => type === "done")).toHaveLength(2);
    expect(server.requests.map(({ body }) => sentBack(body))).toEqual([
      [],
      ["I must add."],
      ["I must add.", ""],
      ["I must add.", ""],
      ["I must add.", "", "I must add."],
      ["I must add.", "", "I must add.", ""],
    ]);
    // An answer without calls is sent as it was said.
    expect(JSON.stringify(server.requests.at(-1)?.body)).not.toContain("It is clear.");
  });

  it("goes back within a sub-agent's own conversation too", async () => {
    await using server = await startScriptedModel({
      responder: (request) => strict(request, JSON.stringify(request.messages).includes("look") ? "add" : "run_agent"),
    });
    const log = TestLog.begun();
    await next(log, RUN_ID, server.url, true);
    expect(log.emitted().at(-1)).toMatchObject({ type: "done", content: "It is 5." });
    const inner = server.requests.filter(({ body }) => body.messages.some((message) => message.content === "look"));
    expect(inner.map(({ body }) => sentBack(body)).slice(0, 3)).toEqual([[], ["I must add."], ["I must add.", ""]]);
  });

  it("is told to no other endpoint", async () => {
    await using server = await startScriptedModel({ responder: (request) => script(request, "add") });
    const log = TestLog.begun();
    await next(log, RUN_ID, server.url);
    await next(log, "run-2", server.url, false);
    expect(server.requests).toHaveLength(6);
    expect(JSON.stringify(server.requests.map(({ body }) => body.messages))).not.toMatch(/reasoning|I must add/);
  });
});
