import {
  type ChatRequest,
  failure,
  type Responder,
  type Script,
  startScriptedModel,
  stepOf,
  text,
} from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import type { ModelPort } from "../model-port.ts";
import { reactModel } from "../react/react-model.ts";
import { runAgent } from "../run-agent.ts";
import { RUN_ID, TestLog } from "../testing/test-log.ts";
import { add, run_agent } from "../testing/test-tools.ts";
import { openAiModel } from "./openai-model.ts";

const KEY = "sk-signatures-0123456789abcdef";
const SIGNATURE = "CiQB0e2Kb/signed+by=the/provider==";

const extra = (step: number): object => ({ google: { thought_signature: `${SIGNATURE}${step}` } });
const details = (step: number): object[] => [
  { type: "reasoning.summary", summary: "I must add.", format: "f", index: 0 },
  { type: "reasoning.encrypted", data: `AB${step}CD`, id: "rs_1", format: "f", index: 0 },
];

type Sent = Readonly<Record<string, unknown>>;
const assistantsOf = (request: ChatRequest): readonly Sent[] =>
  request.messages.filter((message) => message.role === "assistant" && (message.tool_calls ?? []).length > 0);
const signaturesOf = (request: ChatRequest): unknown[] =>
  assistantsOf(request).map((message) => (message.tool_calls as Sent[])[0]?.extra_content);
const detailsOf = (request: ChatRequest): unknown[] =>
  assistantsOf(request).map(({ reasoning_details }) => reasoning_details);

/** Two calls one after another, then an answer. */
function script(request: ChatRequest, fields: (step: number, call: object) => object[], name = "add"): Script {
  const step = stepOf(request);
  if (step > 2) return text("It is 5.");
  const call = {
    index: 0,
    id: `call_${request.messages.length}`,
    type: "function",
    function: { name, arguments: "{}" },
  };
  return fields(step, call).map((delta) => ({ delta }));
}

/** A sub-agent, whose task is to look, has no other to call. */
const toolIn = (request: ChatRequest, name?: string): string | undefined =>
  JSON.stringify(request.messages).includes("look") ? "add" : name;

/** Gemini's door: refuses, in its words, a conversation in which a call lacks its signature. */
const signing =
  (name?: string): Responder =>
  (request) => {
    if (signaturesOf(request).some((given) => JSON.stringify(given)?.includes(SIGNATURE) !== true))
      return failure(400, "Function call is missing a thought_signature in functionCall parts.");
    const signed = (step: number, call: object): object[] => [
      { tool_calls: [{ ...call, extra_content: extra(step) }] },
    ];
    return script(request, signed, toolIn(request, name));
  };

/** OpenRouter's: refuses one in which the details, which come in pieces, are not as they were. */
const detailing =
  (name?: string): Responder =>
  (request) => {
    if (detailsOf(request).some((given, at) => JSON.stringify(given) !== JSON.stringify(details((at % 2) + 1))))
      return failure(400, "reasoning_details were changed.");
    const inPieces = (step: number, call: object): object[] => [
      { reasoning_details: [{ ...details(step)[0], summary: "I must " }] },
      { reasoning_details: [{ type: "reasoning.summary", summary: "add.", index: 0 }] },
      { reasoning_details: [{ ...details(step)[1], data: "AB" }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: `${step}CD`, index: 0 }], tool_calls: [call] },
    ];
    return script(request, inPieces, toolIn(request, name));
  };

/** Knows of no such thing; offered no tools, it is told of them in text. */
const plain: Responder = (request) =>
  request.tools === undefined
    ? text("Thought: I know.\nAnswer: It is 5.")
    : script(request, (_, call) => [{ tool_calls: [call] }]);

interface Endpoint {
  readonly url: string;
  readonly provider?: string;
  readonly model?: string;
}
const portOf = ({ url, provider = "google", model = "gemini" }: Endpoint): ModelPort =>
  openAiModel({ base_url: url, api_key: KEY, provider, model });

async function run(log: TestLog, run_id: string, model: ModelPort): Promise<void> {
  if (run_id !== RUN_ID) {
    log.add({ type: "user_message", message_id: run_id, content: "again", mode: "queue" });
    log.start([run_id], run_id);
  }
  const emit = (event: Parameters<TestLog["add"]>[0]): void => log.add(event, run_id);
  await runAgent(log.input(model, { run_id, emit, tools: [add, run_agent] }));
}

/** As another process finds it in the store. */
function restarted(log: TestLog): TestLog {
  const next = new TestLog();
  next.events.push(...JSON.parse(JSON.stringify(log.events)));
  return next;
}

const endsOf = (log: TestLog): unknown[] =>
  log.emitted().flatMap((event) => (event.type === "done" || event.type === "error" ? [event.type] : []));

describe("CTX-4: what a provider wants back", () => {
  it.each<[string, Responder]>([
    ["with a call", signing()],
    ["with an answer", detailing()],
  ])("%s goes back to it, in this run and the next, after a restart too", async (_, responder) => {
    await using server = await startScriptedModel({ responder });
    const log = TestLog.begun();
    await run(log, RUN_ID, portOf(server));
    const after = restarted(log);
    await run(after, "run-2", portOf(server));
    expect(endsOf(after)).toEqual(["done", "done"]);
    expect(server.requests).toHaveLength(6);
    expect(JSON.stringify(after.events)).not.toMatch(new RegExp(`${KEY}|127\\.0\\.0\\.1`));
  });

  it("goes back where the server died between a call and its result", async () => {
    await using server = await startScriptedModel({ responder: signing() });
    const log = TestLog.begun();
    const died = new Error("The process died.");
    const emit = (event: Parameters<TestLog["add"]>[0]): void => {
      if (event.type === "tool_start") throw died;
      log.add(event, RUN_ID);
    };
    await runAgent(log.input(portOf(server), { emit, tools: [add] })).catch(() => {});
    expect(log.types().at(-1)).toBe("agent_output");
    const after = restarted(log);
    await run(after, RUN_ID, portOf(server));
    expect(endsOf(after)).toEqual(["done"]);
    expect(signaturesOf(server.requests.at(-1)!.body)).toEqual([extra(1), extra(2)]);
  });

  it.each<[string, Responder]>([
    ["with a call", signing("run_agent")],
    ["with an answer", detailing("run_agent")],
  ])("%s goes back within a sub-agent's own conversation", async (_, responder) => {
    await using server = await startScriptedModel({ responder });
    const log = TestLog.begun();
    await run(log, RUN_ID, portOf(server));
    expect(endsOf(log)).toEqual(["done"]);
    const results = log.emitted().flatMap((event) => (event.type === "tool_result" ? [event.success] : []));
    expect(results).toEqual(Array.from({ length: 6 }, () => true));
  });

  it("goes to no other provider or model, and back to the first when it is chosen again", async () => {
    await using server = await startScriptedModel({
      responder: (request, context) => {
        const chosen = request.model === "gemini" && request.messages.length <= 6 ? signing() : plain;
        return chosen(request, context);
      },
    });
    await using other = await startScriptedModel({ responder: plain });
    const log = TestLog.begun();
    await run(log, RUN_ID, portOf(server));
    await run(log, "run-2", portOf({ url: server.url, model: "gemini-lite" }));
    await run(log, "run-3", portOf({ url: other.url, provider: "else" }));
    await run(log, "run-4", reactModel(portOf(other)));
    expect(endsOf(log)).toEqual(["done", "done", "done", "done"]);
    const told = [...server.requests.slice(3), ...other.requests].map(({ body }) => body.messages);
    expect(told.length).toBeGreaterThan(6);
    expect(JSON.stringify(told)).not.toMatch(/extra_content|reasoning_details|provider_data|signed/);
    await run(restarted(log), "run-5", portOf(server));
    expect(signaturesOf(server.requests.at(-1)!.body).slice(0, 2)).toEqual([extra(1), extra(2)]);
  });

  it("is not kept where calls are told as text, which leaves no place for it", async () => {
    const answer = [{ delta: { reasoning_details: details(1) } }, ...text("Thought: I know.\nAnswer: It is 5.")];
    await using server = await startScriptedModel({ responder: () => answer });
    const log = TestLog.begun();
    await run(log, RUN_ID, reactModel(portOf(server)));
    expect(endsOf(log)).toEqual(["done"]);
    expect(JSON.stringify(log.events)).not.toContain("provider_data");
  });

  it("goes with what a summary stands for", async () => {
    await using server = await startScriptedModel({ responder: signing() });
    const log = TestLog.begun();
    await run(log, RUN_ID, portOf(server));
    const until = log.events.length;
    log.add({ type: "user_message", message_id: "m2", content: "again", mode: "queue" });
    log.start(["m2"], "run-2");
    const sums = { original_messages: 6, compacted_messages: 1, estimated_tokens_saved: 9 };
    log.add({ type: "compact", ...sums, content: "They added.", covers_to: until }, "run-2");
    const emit = (event: Parameters<TestLog["add"]>[0]): void => log.add(event, "run-2");
    await runAgent(log.input(portOf(server), { run_id: "run-2", emit, tools: [add] }));
    expect(signaturesOf(server.requests[3]!.body)).toEqual([]);
  });
});
