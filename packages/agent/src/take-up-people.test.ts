import { type EmittedEvent, openTurn } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { argsDigest } from "./args-digest.ts";
import type { RunAgentInput } from "./input.ts";
import { toMessages } from "./messages.ts";
import type { Permit } from "./permit.ts";
import { runAgent } from "./run-agent.ts";
import { person, said } from "./testing/person.ts";
import { FakeModel, finish, type Reply, RUN_ID, TestLog, text } from "./testing/test-log.ts";
import { defineTool, type ToolContext } from "./tool.ts";

const answer: Reply = [text("ok"), finish("stop")];
const ARGS = { n: 1 };

const called = (...ids: string[]): EmittedEvent[] => [
  { type: "step", step: 1, max_steps: 10, tokens: 1, token_limit: 9 },
  ...ids.map((tool_call_id) => ({ type: "tool_call", tool_call_id, tool_name: "work", args: ARGS }) as const),
  { type: "agent_output", step: 1, finish_reason: "tool_calls", usage: null, text_length: 0, tool_call_ids: ids },
];
const start = (tool_call_id: string): EmittedEvent => ({ type: "tool_start", tool_call_id });
const nested = (tool_call_id: string, parent_tool_call_id: string): EmittedEvent => ({
  type: "tool_call",
  tool_call_id,
  tool_name: "work",
  args: ARGS,
  parent_tool_call_id,
});
const confirm = (tool_call_id: string, args: Record<string, unknown> = ARGS): EmittedEvent => ({
  type: "interaction_request",
  request_id: `confirm-${tool_call_id}`,
  interaction_kind: "confirm",
  content: "May it, as it was asked before?",
  options: ["allow_once", "allow_session", "deny"],
  tool_call_id,
  args_digest: argsDigest("work", args),
  pattern: "old:*",
});
const answered = (request_id: string, word: unknown): EmittedEvent => ({
  type: "user_input_received",
  request_id,
  answer: word,
  by: "ann",
});

type Execute = (args: { n: number }, context: ToolContext) => Promise<{ content: string }>;

/** Takes up a run that left these events, with one tool "work". */
async function takeUp(
  events: readonly EmittedEvent[],
  change: Partial<RunAgentInput> = {},
  work: { execute?: Execute; only_asks?: boolean } = {},
) {
  const log = TestLog.begun();
  for (const event of events) log.add(event, RUN_ID);
  const from = log.events.length;
  const execute = vi.fn(work.execute ?? (async ({ n }: { n: number }) => ({ content: `did ${n}` })));
  const parameters = z.object({ n: z.number() });
  const only_asks = work.only_asks ?? false;
  const tools = [defineTool({ name: "work", description: "", parameters, only_asks, execute })];
  const ann = person(log, () => said("allow_once"));
  const model = new FakeModel(answer);
  await runAgent(log.input(model, { tools, ...ann, ...change }));
  expect(brokenRules(log.events)).toEqual([]);
  expect(openTurn(log.view)).toBeNull();
  const results = log.emitted(from).flatMap((event) => (event.type === "tool_result" ? [event] : []));
  return { log, ann, execute, model, results, added: log.emitted(from), types: log.types(from) };
}

const outcomes = (results: readonly { tool_call_id: string; outcome: string }[]): string[][] =>
  results.map(({ tool_call_id, outcome }) => [tool_call_id, outcome]);
const deny = (): Permit => ({ decision: "deny", reason: "no" });

describe("a run is taken up with a question about a call (F36)", () => {
  describe.each([
    ["open", []],
    ["answered", [answered("confirm-c1", "allow_once")]],
  ])("that is %s", (_, answers: EmittedEvent[]) => {
    const shown: EmittedEvent = { ...confirm("c1"), tool_digest: "as it was" } as EmittedEvent;
    const now = (tool_digest: string | null) => (): Permit => ({
      decision: "ask",
      content: "",
      options: ["allow_once"],
      pattern: null,
      tool_digest,
    });

    it("F87 T17: a tool that says something else by now is not run, and nobody is asked for it", async () => {
      const taken = await takeUp([...called("c1"), shown, ...answers], { permit: now("another") });
      expect(taken.execute).not.toHaveBeenCalled();
      expect(taken.results).toMatchObject([{ outcome: "denied", content: expect.stringContaining("not the one") }]);
    });

    it.each(["as it was", null])("F87: the same tool, or one of which nothing is known, is run", async (digest) => {
      const taken = await takeUp([...called("c1"), shown, ...answers], { permit: now(digest) });
      expect(taken.execute).toHaveBeenCalledOnce();
    });
  });

  it("that is open: it is the same question, as it was asked, and no second one", async () => {
    const permit = vi.fn(deny);
    const { ann, types, execute } = await takeUp([...called("c1"), confirm("c1")], { permit });
    const { type: _, ...shown } = confirm("c1") as Extract<EmittedEvent, { type: "interaction_request" }>;
    expect(ann.asked).toEqual([shown]);
    expect(permit).not.toHaveBeenCalled();
    expect(types.slice(0, 3)).toEqual(["user_input_received", "tool_start", "tool_result"]);
    expect(execute).toHaveBeenCalledOnce();
  });

  it("ASK-2 ASK-7: that is answered: the answer counts, whatever a rule says now, and the call runs once", async () => {
    const events = [...called("c1"), confirm("c1"), answered("confirm-c1", "allow_session")];
    const { types, execute } = await takeUp(events, { permit: deny });
    expect(types.slice(0, 2)).toEqual(["tool_start", "tool_result"]);
    expect(execute).toHaveBeenCalledOnce();
  });

  it("that was refused: the call is denied, with the comment", async () => {
    const events = [...called("c1"), confirm("c1"), answered("confirm-c1", { answer: "deny", comment: "Not today" })];
    const { results, execute } = await takeUp(events, { permit: () => ({ decision: "allow" }) });
    expect(results).toMatchObject([{ outcome: "denied", content: expect.stringContaining("Not today") }]);
    expect(execute).not.toHaveBeenCalled();
  });

  it("ASK-3: that was about other arguments: the call is denied", async () => {
    const events = [...called("c1"), confirm("c1", { n: 2 }), answered("confirm-c1", "allow_once")];
    const { results, execute } = await takeUp(events);
    expect(outcomes(results)).toEqual([["c1", "denied"]]);
    expect(execute).not.toHaveBeenCalled();
  });

  it("ASK-8: and is not interactive any more: the call is denied", async () => {
    const { results, execute } = await takeUp([...called("c1"), confirm("c1")], { interact: undefined });
    expect(outcomes(results)).toEqual([["c1", "denied"]]);
    expect(execute).not.toHaveBeenCalled();
  });

  it("R2: whose call had begun: it is unknown, it is not run again and nobody is asked", async () => {
    const events = [...called("c1"), confirm("c1"), answered("confirm-c1", "allow_once"), start("c1")];
    const { results, execute, ann } = await takeUp(events);
    expect(outcomes(results)).toEqual([["c1", "unknown"]]);
    expect([execute.mock.calls.length, ann.asked.length]).toEqual([0, 0]);
  });

  it("STOP-6: that stops: the call is cancelled and nobody is asked", async () => {
    const stop: EmittedEvent = { type: "stop_requested", by: "ann" };
    const { types, ann } = await takeUp([...called("c1"), confirm("c1"), stop]);
    expect(types).toEqual(["tool_result", "cancelled"]);
    expect(ann.asked).toHaveLength(0);
  });
});

describe("a run is taken up with a tool that only asks (R3)", () => {
  const question: EmittedEvent = {
    type: "interaction_request",
    request_id: "ask-c1-1",
    interaction_kind: "question",
    content: "Which?",
    options: [],
    tool_call_id: "c1",
  };
  const asks: { execute: Execute; only_asks: boolean } = {
    only_asks: true,
    execute: async (_, { ask, output }) => {
      output("asking");
      const first = await ask({ kind: "question", content: "Which?", options: [] });
      const second = await ask({ kind: "question", content: "And then?", options: [] });
      return { content: `${first.answer}, ${second.answer}` };
    },
  };
  const printed: EmittedEvent = { type: "tool_output_delta", tool_call_id: "c1", offset: 0, content: "a😀" };

  it("F36: it begins again without a second tool_start, and each question stands once", async () => {
    const events = [...called("c1"), start("c1"), printed, question, answered("ask-c1-1", "this")];
    const { types, results, ann } = await takeUp(events, { permit: deny }, asks);
    expect(ann.asked.map(({ request_id }) => request_id)).toEqual(["ask-c1-1", "ask-c1-2"]);
    expect(types.filter((type) => type === "tool_start" || type === "interaction_request")).toHaveLength(1);
    expect(results).toMatchObject([{ outcome: "completed", content: "this, allow_once" }]);
  });

  it("its time counts from when it first began", async () => {
    const { results, log } = await takeUp([...called("c1"), start("c1"), question], {}, asks);
    const begun = log.events.find(({ type }) => type === "tool_start")!.ts;
    expect(results[0]?.execution_time).toBe((5000 - begun) / 1000);
  });

  it("TOOL-6: one that does more than ask is not run again, though its question was open", async () => {
    const { results, ann } = await takeUp([...called("c1"), start("c1"), question], {}, { ...asks, only_asks: false });
    expect(outcomes(results)).toEqual([["c1", "unknown"]]);
    expect(ann.asked).toHaveLength(0);
  });
});

describe("a run is taken up with a sub-agent's calls (R2)", () => {
  it("TOOL-7: they end before the call they are in: those that had begun as unknown, the others as cancelled", async () => {
    const events = [...called("c1", "c2"), start("c1"), nested("n1", "c1"), nested("n2", "c1"), start("n1")];
    const { results, execute, model } = await takeUp([...events, confirm("n2")]);
    expect(outcomes(results)).toEqual([
      ["n1", "unknown"],
      ["n2", "cancelled"],
      ["c1", "unknown"],
      ["c2", "completed"],
    ]);
    expect(execute).toHaveBeenCalledOnce();
    const told = model.requests[0]!.messages.flatMap((each) => (each.role === "tool" ? [each.tool_call_id] : []));
    expect(told).toEqual(["c1", "c2"]);
  });

  it("STOP-2: that stops: all are cancelled, in the same order", async () => {
    const events = [...called("c1"), start("c1"), nested("n1", "c1"), start("n1")];
    const { results } = await takeUp([...events, { type: "stop_requested", by: "ann" }]);
    expect(outcomes(results)).toEqual([
      ["n1", "cancelled"],
      ["c1", "cancelled"],
    ]);
  });
});

it.each([
  ["a stop", [{ type: "stop_requested", by: "ann" } as const], {}],
  ["a crash", [start("c1")], {}],
  ["a denial", [], { permit: deny }],
  ["a question nobody answers", [confirm("c1")], { interact: undefined }],
])("after %s every call of the history has its answer for a strict provider (CTX-3)", async (_, then, change) => {
  const { log } = await takeUp([...called("c1", "c2"), ...then], change);
  const [said, ...rest] = toMessages(log.view).slice(1);
  expect(said?.role === "assistant" && said.tool_calls.map(({ id }) => id)).toEqual(["c1", "c2"]);
  const answers = rest.slice(0, 2).map((message) => message.role === "tool" && [message.tool_call_id, message.content]);
  expect(answers).toEqual([
    ["c1", expect.stringMatching(/./)],
    ["c2", expect.stringMatching(/./)],
  ]);
});
