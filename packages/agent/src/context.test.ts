import type { Event, EventOf } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { PRUNED } from "./messages.ts";
import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "./model-port.ts";
import { runAgent } from "./run-agent.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { call, finish, type Reply, RUN_ID, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

/** A model that answers a step's question from `steps`, and the wish for a summary from `summaries`; the last for ever. */
class TwoModels implements ModelPort {
  readonly id = "fake";
  readonly asked: ModelRequest[] = [];
  readonly summarised: ModelRequest[] = [];
  readonly #steps: readonly Reply[];
  readonly #summaries: readonly Reply[];

  constructor(steps: readonly Reply[], summaries: readonly Reply[]) {
    this.#steps = steps;
    this.#summaries = summaries;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    const [asked, replies] = request.system?.startsWith("You summarise")
      ? [this.summarised, this.#summaries]
      : [this.asked, this.#steps];
    const reply = replies[Math.min(asked.length, replies.length - 1)] ?? [];
    asked.push({ ...request, messages: [...request.messages] });
    for (const part of reply) {
      if (part instanceof Error) throw part;
      if (part === "hang") {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      } else yield "type" in part ? [part] : part;
    }
  }
}

/** Gives so many letters, four to a token. */
const read = defineTool({
  name: "read",
  description: "",
  parameters: z.object({ tokens: z.number(), file: z.number() }),
  execute: async ({ tokens }) => ({ content: "x".repeat(tokens * 4) }),
});

let calls = 0;
const reads = (tokens: number): Reply => [
  call(0, `c${++calls}`, "read", `{"tokens":${tokens},"file":${calls}}`),
  finish("tool_calls"),
];
const answer: Reply = [text("The answer."), finish("stop")];
const summary: Reply = [text("They read files."), finish("stop"), { type: "usage", usage: USAGE }];
const tooLong = new ModelError("context_length", "Too long.", { retryable: false });

const LIMIT = 10_000;
const tokens = async () => (said: string) => said.length / 4;

async function run(model: ModelPort, change = {}, log = TestLog.begun()): Promise<TestLog> {
  const options = { max_steps: 20, token_limit: LIMIT };
  await runAgent(log.input(model, { tools: [read], options, tokens, ...change }));
  expect(brokenRules(log.events)).toEqual([]);
  return log;
}

/** A session whose earlier turns have so many tokens each. */
function sessionOf(...turns: readonly number[]): TestLog {
  const log = new TestLog();
  for (const [at, size] of turns.entries()) {
    log.add({ type: "user_message", message_id: `e${at}`, content: `question ${at}`, mode: "queue" });
    log.start([`e${at}`], `earlier-${at}`);
    const shown = { type: "text_delta", block_id: "b", offset: 0, content: "y".repeat(size * 4) } as const;
    const done = { type: "done", content: "", steps: 1, reason: "completed", usage: USAGE } as const;
    const output = { type: "agent_output", step: 1, finish_reason: "stop", usage: null } as const;
    log.add({ type: "step", step: 1, max_steps: 9, tokens: 1, token_limit: 9 }, `earlier-${at}`);
    log.add(shown, `earlier-${at}`);
    log.add({ ...output, text_length: size * 4, tool_call_ids: [] }, `earlier-${at}`);
    log.add(done, `earlier-${at}`);
  }
  log.add({ type: "user_message", message_id: "m1", content: "and now?", mode: "queue" });
  log.start(["m1"]);
  return log;
}

const own = (log: TestLog): Event[] =>
  log.events.filter(({ run_id, type }) => run_id === RUN_ID && type !== "session_start");
const types = (log: TestLog): string[] => own(log).map(({ type }) => type);
const of = <Type extends Event["type"]>(log: TestLog, type: Type): EventOf<Type>[] =>
  own(log).filter((event): event is EventOf<Type> => event.type === type);
const last = (log: TestLog): Event => own(log).at(-1)!;

describe("old outputs are pruned when the context fills", () => {
  it("CTX-2: before a step, the oldest first, and the model reads that they were left out", async () => {
    const model = new TwoModels([reads(3_000), reads(3_000), reads(3_000), answer], [summary]);
    const log = await run(model);
    const [prune] = of(log, "prune");
    expect(prune?.tool_call_ids).toHaveLength(2);
    expect(prune?.estimated_tokens_saved).toBeGreaterThan(5_000);
    expect(types(log).slice(-5)).toEqual(["prune", "step", "text_delta", "agent_output", "done"]);
    const results = model.asked
      .at(-1)!
      .messages.filter(({ role }) => role === "tool")
      .map(({ content }) => content);
    expect(results.slice(0, 2)).toEqual([PRUNED, PRUNED]);
    expect(results[2]).toHaveLength(12_000);
    expect(of(log, "step").at(-1)?.tokens).toBeLessThan(LIMIT / 2);
    expect(model.summarised).toEqual([]);
  });

  it("not before it fills", async () => {
    const log = await run(new TwoModels([reads(3_000), reads(3_000), answer], [summary]));
    expect(types(log)).not.toContain("prune");
    expect(types(log)).not.toContain("compact");
  });

  it("earlier or later, as it is configured", async () => {
    const replies = () => new TwoModels([reads(3_000), reads(3_000), answer], [summary]);
    expect(types(await run(replies(), { compaction: { share: 0.5 } }))).toContain("prune");
    expect(types(await run(replies(), { compaction: { share: 1 } }))).not.toContain("prune");
  });

  it("and no tokenizer is loaded while the limit is far", async () => {
    const load = vi.fn(tokens);
    await run(new TwoModels([reads(1_000), reads(2_000), answer], [summary]), { tokens: load });
    expect(load).not.toHaveBeenCalled();
    await run(new TwoModels([reads(3_000), reads(2_000), answer], [summary]), { tokens: load });
    expect(load).toHaveBeenCalledOnce();
  });

  it("also where the endpoint counts more than this does", async () => {
    const counted = { type: "usage", usage: { input_tokens: 9_000, output_tokens: 10, total_tokens: 9_010 } } as const;
    const log = await run(new TwoModels([reads(1_000), reads(1_000), [...reads(1_000), counted], answer], [summary]));
    expect(of(log, "prune")).toHaveLength(1);
  });
});

describe("what is still too long is compacted", () => {
  it("CTX-1: before a step: the model reads the summary, the run's own messages stay whole", async () => {
    const model = new TwoModels([answer], [summary]);
    const log = await run(model, {}, sessionOf(3_000, 3_000, 3_000));
    const [compact] = of(log, "compact");
    const begin = log.events.find(({ type, run_id }) => type === "session_start" && run_id === RUN_ID)!;
    expect(compact?.covers_to).toBe(begin.seq - 1);
    expect(compact).toMatchObject({
      original_messages: 7,
      compacted_messages: 2,
      content: "They read files.",
      usage: USAGE,
    });
    expect(compact!.estimated_tokens_saved).toBeGreaterThan(8_000);
    expect(types(log)).toEqual(["compact", "step", "text_delta", "agent_output", "done"]);
    const { messages } = model.asked[0]!;
    expect(messages.map(({ role }) => role)).toEqual(["user", "user"]);
    expect(messages[0]?.content).toContain("They read files.");
    expect(messages[1]?.content).toBe("and now?");
    expect(last(log)).toMatchObject({ type: "done", usage: { total_tokens: USAGE.total_tokens } });
  });

  it("and what the summary cost is part of the run's cost", async () => {
    const price = { input: 100_000, output: 200_000 };
    const log = await run(new TwoModels([answer], [summary]), { price }, sessionOf(3_000, 3_000, 3_000));
    expect(last(log)).toMatchObject({ type: "done", cost: 2 });
  });

  it("by a question that fits, holds all it can, and shows nothing", async () => {
    const model = new TwoModels([answer], [summary]);
    await run(model, {}, sessionOf(3_000, 9_000, 3_000));
    const [request] = model.summarised;
    expect(request?.tools).toEqual([]);
    expect(request?.messages).toHaveLength(1);
    expect(request!.messages[0]!.content.length / 4).toBeLessThan(0.6 * LIMIT);
    expect(request!.messages[0]!.content).toContain("question 0");
    expect(request!.messages[0]!.content).toContain("question 2");
    expect(request!.messages[0]!.content).toContain("characters left out");
  });

  it("in the language of the conversation: the prompt asks for it, in English and in Chinese", async () => {
    const model = new TwoModels([answer], [[text("他们读了文件。"), finish("stop")]]);
    const log = await run(model, {}, sessionOf(3_000, 3_000, 3_000));
    expect(model.summarised[0]?.system).toContain("language that the user writes in");
    expect(model.summarised[0]?.system).toContain("用中文写");
    expect(of(log, "compact")).toMatchObject([{ content: "他们读了文件。" }]);
  });

  it("CTX-1: within a long run too, and its request stays word for word", async () => {
    const replies = [...Array.from({ length: 6 }, () => [text("z".repeat(8_000)), ...reads(10)]), answer];
    const model = new TwoModels(replies, [summary]);
    const log = await run(model, {}, TestLog.begun("Count the files in src/."));
    const [compact] = of(log, "compact");
    expect(compact?.content).toContain("They read files.");
    expect(compact?.content).toContain("Count the files in src/.");
    for (const { messages } of model.asked) expect(invalidMessages(messages)).toEqual([]);
    expect(last(log).type).toBe("done");
    expect(types(log).filter((type) => type === "compact").length).toBeLessThanOrEqual(2);
  });

  it.each<[string, Reply]>([
    ["fails", [new ModelError("upstream_error", "no", { retryable: true })]],
    ["is empty", [text("  "), finish("stop")]],
    ["breaks off", [text("They")]],
    ["is as long as a book", [...Array.from({ length: 200 }, () => text("x".repeat(1_000))), finish("stop")]],
  ])("but goes on without it where the summary %s, one try a step", async (_, broken) => {
    const model = new TwoModels([reads(10), answer], [broken]);
    const log = await run(model, {}, sessionOf(3_000, 3_000, 3_000));
    expect(types(log)).not.toContain("compact");
    expect(model.summarised).toHaveLength(2);
    expect(model.asked).toHaveLength(2);
    expect(last(log).type).toBe("done");
  });

  it("not where the system prompt alone is too long", async () => {
    const model = new TwoModels([answer], [summary]);
    await run(model, { system: "s".repeat(40_000) }, sessionOf(1_000));
    expect(model.summarised).toEqual([]);
  });

  it("a stop while it is written ends the run at once (STOP-2)", async () => {
    const stop = new AbortController();
    const model = new TwoModels([answer], [[text("They"), "hang"]]);
    const log = sessionOf(3_000, 3_000, 3_000);
    const running = run(model, { signal: stop.signal }, log);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(model.summarised).toHaveLength(1);
    stop.abort();
    await running;
    expect(types(log)).toEqual(["cancelled"]);
    expect(model.asked).toEqual([]);
  });
});

describe("an endpoint that finds the conversation too long", () => {
  it("is asked again after a compact, without a retry where nothing was shown", async () => {
    const model = new TwoModels([[tooLong], answer], [summary]);
    const log = await run(model, {}, sessionOf(1_000, 1_000, 1_000));
    expect(types(log)).toEqual(["step", "compact", "text_delta", "agent_output", "done"]);
    expect(model.asked[1]?.messages.at(0)?.content).toContain("They read files.");
    expect(model.asked[1]?.messages.at(-1)?.content).toBe("and now?");
  });

  it("RUN-7: what it had shown is void first, so that the compact is not", async () => {
    const model = new TwoModels([[text("Let"), tooLong], answer], [summary]);
    const log = await run(model, {}, sessionOf(1_000, 1_000, 1_000));
    expect(types(log)).toEqual([...["step", "text_delta", "retry", "compact", "text_delta", "agent_output", "done"]]);
    expect(of(log, "retry")[0]).toMatchObject({ retry_attempt: 1, delay_ms: 1, discard_from: log.stepStart() + 1 });
    expect(last(log)).toMatchObject({ content: "The answer." });
  });

  it("CTX-3: a later retry of the step voids the compact with the rest: it is said again", async () => {
    const busy = new ModelError("upstream_error", "busy", { retryable: true });
    const model = new TwoModels([[tooLong], [busy], answer], [summary]);
    const log = await run(model, {}, sessionOf(1_000, 1_000, 1_000));
    expect(types(log)).toEqual([...["step", "compact", "retry", "compact", "text_delta", "agent_output", "done"]]);
    expect(model.asked[2]?.messages).toEqual(model.asked[1]?.messages);
    expect(of(log, "compact").map(({ usage }) => usage)).toEqual([USAGE, undefined]);
    expect(of(log, "retry")).toMatchObject([{ retry_attempt: 2, retry_max_attempts: 3 }]);
    expect(log.view.turns.at(-1)?.usage.total_tokens).toBe(USAGE.total_tokens);
  });

  it("ends the run where it still does: once a step", async () => {
    const model = new TwoModels([[tooLong]], [summary]);
    const log = await run(model, {}, sessionOf(3_000, 700));
    expect(types(log)).toEqual(["step", "compact", "error"]);
    expect(last(log)).toMatchObject({ code: "context_length", reason: "model_error" });
  });

  it("ends the run where no summary can be had, and what was shown stays", async () => {
    const failed = new ModelError("upstream_error", "no", { retryable: true });
    const model = new TwoModels([[text("Let\ud83d"), tooLong]], [[failed]]);
    const log = await run(model, {}, sessionOf(1_000, 1_000, 1_000));
    expect(types(log)).toEqual(["step", "text_delta", "text_delta", "error"]);
    expect(last(log)).toMatchObject({ code: "context_length" });
  });

  it("makes no summary of a single message that is too long", async () => {
    const model = new TwoModels([[tooLong]], [summary]);
    const log = await run(model, {}, TestLog.begun("x".repeat(20_000)));
    expect(model.summarised).toEqual([]);
    expect(last(log)).toMatchObject({ code: "context_length" });
  });
});

describe("a run that is taken up", () => {
  const replies = [[text("z".repeat(8_000)), ...reads(2_500)], reads(2_500), reads(2_500), [tooLong], answer];

  it("CTX-3: asks what it would have asked, wherever the server died", async () => {
    const whole = new TwoModels(replies, [summary]);
    const log = await run(whole, {}, sessionOf(1_000));
    expect(types(log)).toContain("prune");
    expect(types(log)).toContain("compact");
    const begin = log.events.findIndex(({ run_id }) => run_id === RUN_ID);
    let compared = 0;
    for (let death = begin + 1; death < log.events.length - 1; death += 1) {
      const left = new TestLog();
      left.events.push(...log.events.slice(0, death));
      const count = (type: string): number => types(left).filter((known) => known === type).length;
      const inStep = count("step") > count("agent_output");
      // In the last step the question after the compact is the second one.
      const at = count("agent_output") + (inStep ? count("compact") : 0);
      const running = count("tool_start") > count("tool_result");
      const again = new TwoModels(replies.slice(at), [summary]);
      await run(again, {}, left);
      expect(last(left).type).toBe("done");
      // A call that was running has another result then.
      if (running || again.asked.length === 0) continue;
      expect(again.asked[0]?.messages).toEqual(whole.asked[at]?.messages);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(15);
  });
});
