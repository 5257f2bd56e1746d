import { type EmittedEvent, openTurn } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunAgentInput } from "./input.ts";
import { runAgent } from "./run-agent.ts";
import { call, FakeModel, finish, type Reply, RUN_ID, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const usage: Reply[number] = { type: "usage", usage: USAGE };
const says = (words: string): Reply => [text(words), finish("stop"), usage];
const delegating: Reply = [call(0, "c1", "run_agent", "{}"), finish("tool_calls"), usage];
const reading = (...ids: string[]): Reply => [
  ids.map((id, at) => call(at, id, "read", "{}")),
  finish("tool_calls"),
  usage,
];

const times = (count: number) => ({ input_tokens: 10 * count, output_tokens: 5 * count, total_tokens: 15 * count });
/** 2 per call of {@link USAGE}. */
const DEAR = { input: 100_000, output: 200_000 };
/** 0.2. */
const CHEAP = { input: 10_000, output: 20_000 };

const tools = [
  defineTool({
    name: "run_agent",
    description: "",
    parameters: z.object({}),
    execute: async (_, { delegate }) => ({ content: (await delegate({ task: "look" })).content }),
  }),
  defineTool({ name: "read", description: "", parameters: z.object({}), execute: async () => ({ content: "x" }) }),
];

/** Runs until the log holds so many events of a type, where the server dies. */
async function live(log: TestLog, model: FakeModel, change: Partial<RunAgentInput>, until?: [string, number]) {
  let alive = true;
  const emit = (event: EmittedEvent): void => {
    if (!alive) throw new Error("the server is gone");
    log.add(event, RUN_ID);
    if (until !== undefined && log.types().filter((type) => type === until[0]).length >= until[1]) alive = false;
  };
  await runAgent(log.input(model, { tools, emit, ...change }));
}

const resultOf = (log: TestLog, id: string) =>
  log.emitted().find((event) => event.type === "tool_result" && event.tool_call_id === id);

/** A run whose server dies when its sub-agent has made three calls in two steps. */
async function died(change: Partial<RunAgentInput> = {}): Promise<TestLog> {
  const log = TestLog.begun();
  const model = new FakeModel(delegating, reading("a", "b"), reading("c"), says("never"));
  await live(log, model, change, ["tool_call", 4]);
  expect(openTurn(log.view)).not.toBeNull();
  return log;
}

describe("a sub-agent that dies with the server", () => {
  it("R2 TOOL-7: what it had spent is in its call's result and counts as the run's", async () => {
    const log = await died();
    await live(log, new FakeModel(says("done")), {});
    expect(brokenRules(log.events)).toEqual([]);
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "unknown", usage: times(2), steps: 2 });
    expect(log.emitted().at(-1)).toMatchObject({ type: "done", usage: times(4) });
    expect(log.view.turns[0]?.usage).toEqual(times(4));
  });

  it("R2 R4 RUN-3: also where a stop is what is left to do", async () => {
    const log = await died();
    log.add({ type: "stop_requested", by: "u" }, RUN_ID);
    await live(log, new FakeModel(says("done")), {});
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "cancelled", usage: times(2) });
    expect(log.emitted().at(-1)).toMatchObject({ type: "cancelled", usage: times(3) });
    expect(log.view.turns[0]?.usage).toEqual(times(3));
  });

  it("BREAK-1 T30: the run's limits know of it", async () => {
    const log = await died({ limits: { token_limit: 45 } });
    const model = new FakeModel(says("done"));
    await live(log, model, { limits: { token_limit: 45 } });
    expect(log.emitted().at(-1)).toMatchObject({ type: "error", code: "token_limit" });
    expect(model.requests).toEqual([]);
  });

  it("counts at the price of its own model, after a second death too", async () => {
    const change: Partial<RunAgentInput> = { price: DEAR };
    const model = new FakeModel(reading("a", "b"), reading("c"), says("never"));
    const delegates = () => ({ model, tools, price: CHEAP });
    const log = TestLog.begun();
    await live(log, new FakeModel(delegating), { ...change, delegates }, ["tool_call", 4]);
    await live(log, new FakeModel(delegating), change, ["tool_result", 4]);
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "unknown", usage: times(2), cost: 0.4 });
    await live(log, new FakeModel(says("done")), change);
    const end = log.emitted().at(-1) as Extract<EmittedEvent, { type: "done" }>;
    expect(end).toMatchObject({ type: "done", usage: times(4) });
    expect(end.cost).toBeCloseTo(2 * 2 + 2 * 0.2);
  });
});

describe("what a sub-agent costs", () => {
  const cost = async (change: Partial<RunAgentInput>): Promise<number | undefined> => {
    const log = TestLog.begun();
    await live(log, new FakeModel(delegating, says("done")), change);
    const end = log.emitted().at(-1);
    return end?.type === "done" ? end.cost : Number.NaN;
  };
  const sub = () => new FakeModel(reading("a"), says("found"));

  it("is reckoned by the price of the model it runs on", async () => {
    expect(await cost({ price: DEAR, delegates: () => ({ model: sub(), tools, price: CHEAP }) })).toBeCloseTo(4.4);
    expect(await cost({ price: CHEAP, delegates: () => ({ model: sub(), tools, price: DEAR }) })).toBeCloseTo(4.4);
  });

  it("is nothing where that price is not known, and all there is where only that one is", async () => {
    expect(await cost({ price: DEAR, delegates: () => ({ model: sub(), tools, price: null }) })).toBeCloseTo(4);
    expect(await cost({ delegates: () => ({ model: sub(), tools, price: CHEAP }) })).toBeCloseTo(0.4);
    expect(await cost({ delegates: () => ({ model: sub(), tools }) })).toBeUndefined();
  });

  it("is the run's price where it is like the run", async () => {
    const log = TestLog.begun();
    await live(log, new FakeModel(delegating, says("found"), says("done")), { price: DEAR });
    expect(log.emitted().at(-1)).toMatchObject({ type: "done", cost: 6 });
  });

  it("BREAK-1: is what the limit of costs is held against", async () => {
    const delegates = () => ({ model: sub(), tools, price: DEAR });
    const log = TestLog.begun();
    await live(log, new FakeModel(delegating, says("done")), { price: CHEAP, limits: { cost_limit: 4 }, delegates });
    expect(log.emitted().at(-1)).toMatchObject({ type: "error", code: "cost_limit" });
  });
});
