import { type EmittedEvent, NO_USAGE, openTurn } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { Breaker } from "./breaker.ts";
import type { Interaction } from "./interact.ts";
import { Outbox } from "./outbox.ts";
import { runAgent } from "./run-agent.ts";
import { RunBudget } from "./run-budget.ts";
import { call, FakeModel, finish, type Reply, RUN_ID, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const echoed = vi.fn(async ({ text: said }: { text: string }) => ({ content: said }));
const echo = defineTool({ name: "echo", description: "", parameters: z.object({ text: z.string() }), execute: echoed });
const fails = defineTool({
  name: "fails",
  description: "",
  parameters: z.object({}),
  execute: () => Promise.reject(new Error("no")),
});

const usage = { type: "usage", usage: USAGE } as const;
let ids = 0;
const says = (said: string): Reply => [
  call(0, `c${++ids}`, "echo", JSON.stringify({ text: said })),
  finish("stop"),
  usage,
];
const failing = (): Reply => [call(0, `c${++ids}`, "fails", "{}"), finish("stop"), usage];
const answer: Reply = [text("the answer"), finish("stop"), usage];

/** Answers as a session does: the question and its answer are in the log, and a known question is not asked again. */
function person(log: TestLog, ...answers: readonly string[]) {
  let next = 0;
  return vi.fn(async (request: Interaction) => {
    const { request_id } = request;
    const known = log.events.some((event) => event.type === "interaction_request" && event.request_id === request_id);
    if (!known) log.add({ ...request, type: "interaction_request", options: [...request.options] }, RUN_ID);
    const said = answers[next++] ?? "end";
    log.add({ type: "user_input_received", request_id, answer: said, by: "u" }, RUN_ID);
    return { answer: said, comment: null, by: "u" };
  });
}

async function run(model: FakeModel, change = {}, log = TestLog.begun()): Promise<TestLog> {
  await runAgent(log.input(model, { tools: [echo, fails], options: { max_steps: 30, token_limit: 1e6 }, ...change }));
  expect(brokenRules(log.events)).toEqual([]);
  expect(openTurn(log.view)).toBeNull();
  return log;
}

const last = (log: TestLog): EmittedEvent => log.emitted().at(-1)!;
const broken = (log: TestLog) => log.emitted().filter((event) => event.type === "circuit_breaker");

describe("a run that passes a limit and asks nobody (BREAK-1, T30)", () => {
  it("of tokens: asks no model any more and ends with an error", async () => {
    const model = new FakeModel(says("a"), says("b"), says("c"));
    const log = await run(model, { limits: { token_limit: 2 * USAGE.total_tokens } });
    expect(model.requests).toHaveLength(2);
    expect(log.types().slice(-3)).toEqual(["tool_result", "circuit_breaker", "error"]);
    expect(broken(log)).toMatchObject([{ reason: "token_limit", limit: 30, value: 30 }]);
    const { content } = broken(log)[0]!;
    const end = { type: "error", code: "token_limit", message: content, reason: "circuit_breaker", retryable: false };
    expect(last(log)).toEqual(end);
  });

  it("of cost", async () => {
    const price = { input: 100_000, output: 200_000 };
    const log = await run(new FakeModel(says("a"), says("b")), { limits: { cost_limit: 4 }, price });
    expect(broken(log)).toMatchObject([{ reason: "cost_limit", limit: 4, value: 4 }]);
    expect(last(log)).toMatchObject({ code: "cost_limit", reason: "circuit_breaker" });
  });

  it("of time", async () => {
    let now = 1_002;
    const clock = { now: () => (now += 10_000) };
    const log = await run(new FakeModel(says("a"), says("b"), says("c")), { limits: { time_limit: 30 }, clock });
    expect(broken(log)).toMatchObject([{ reason: "time_limit", limit: 30 }]);
    expect(last(log)).toMatchObject({ code: "time_limit", reason: "circuit_breaker" });
  });

  it("by the same call three times with the same result: loop", async () => {
    const model = new FakeModel(says("a"), says("b"), says("b"), says("b"), says("b"));
    const log = await run(model);
    expect(model.requests).toHaveLength(4);
    expect(broken(log)).toMatchObject([{ reason: "loop", limit: 3, value: 3 }]);
  });

  it("by five calls in a row that fail: tool_failures", async () => {
    const model = new FakeModel(says("a"), failing());
    const log = await run(model, { limits: { repeated_calls: 100 } });
    expect(model.requests).toHaveLength(6);
    expect(broken(log)).toMatchObject([{ reason: "tool_failures", limit: 5, value: 5 }]);
  });

  it("by 200 calls: loop", async () => {
    const calls = Array.from({ length: 100 }, (_, at) => at);
    const many = (): Reply => [
      calls.map((at) => call(at, `c${++ids}`, "echo", `{"text":"${ids}"}`)),
      finish("tool_calls"),
    ];
    const model = new FakeModel(many(), many(), many());
    const log = await run(model);
    expect(model.requests).toHaveLength(2);
    expect(broken(log)).toMatchObject([{ reason: "loop", limit: 200, value: 200 }]);
  });

  it("not where the answer comes first", async () => {
    const log = await run(new FakeModel(says("a"), answer), { limits: { token_limit: 30 } });
    expect(last(log)).toMatchObject({ type: "done" });
  });
});

describe("a run that asks a person at a limit (BREAK-2)", () => {
  it("goes on when told to, with as much again, and runs no finished call again", async () => {
    echoed.mockClear();
    const log = TestLog.begun();
    const interact = person(log, "continue", "continue");
    const replies = ["a", "b", "c", "d", "e"].map(says);
    await run(new FakeModel(...replies, answer), { limits: { token_limit: 30 }, interact }, log);
    expect(interact.mock.calls.map(([request]) => request)).toMatchObject([
      { request_id: "breaker-1", interaction_kind: "confirm", options: ["continue", "end"] },
      { request_id: "breaker-2" },
    ]);
    expect(interact.mock.calls[0]![0].content).toContain("30 tokens");
    expect(broken(log)).toMatchObject([
      { limit: 30, value: 30 },
      { limit: 60, value: 60 },
    ]);
    expect(echoed).toHaveBeenCalledTimes(5);
    expect(last(log)).toMatchObject({ type: "done", content: "the answer" });
  });

  it.each(["end", "deny"])("ends with an error when told %s", async (said) => {
    const log = TestLog.begun();
    await run(new FakeModel(says("a"), says("b")), { limits: { token_limit: 15 }, interact: person(log, said) }, log);
    expect(last(log)).toMatchObject({ type: "error", code: "token_limit", reason: "circuit_breaker" });
  });

  it("is cancelled by a stop while it waits", async () => {
    const stop = new AbortController();
    const log = TestLog.begun();
    const interact = (_: Interaction, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")));
        setImmediate(() => stop.abort());
      });
    await run(new FakeModel(says("a")), { limits: { token_limit: 15 }, interact, signal: stop.signal }, log);
    expect(log.types().slice(-2)).toEqual(["circuit_breaker", "cancelled"]);
  });

  it("raises that limit and no other", async () => {
    const log = TestLog.begun();
    const interact = person(log, "continue", "end");
    const model = new FakeModel(says("a"), says("a"), says("a"), says("b"), says("c"));
    await run(model, { limits: { token_limit: 75 }, interact }, log);
    expect(broken(log).map(({ reason }) => reason)).toEqual(["loop", "token_limit"]);
    expect(model.requests).toHaveLength(5);
  });
});

describe("after a restart", () => {
  /** The log of a run that died so many events after its `circuit_breaker`. */
  async function diedAfter(events: number, said: string): Promise<TestLog> {
    const whole = TestLog.begun();
    const model = new FakeModel(says("a"), says("b"));
    await run(model, { limits: { token_limit: 30 }, interact: person(whole, said) }, whole);
    const at = whole.events.findIndex(({ type }) => type === "circuit_breaker");
    const log = new TestLog();
    log.events.push(...whole.events.slice(0, at + 1 + events));
    return log;
  }

  it.each([
    ["before the question was stored", 0],
    ["while it was open", 1],
  ])("BREAK-2 ASK-1: %s it is asked under the same id, and no limit is passed twice", async (_, events) => {
    const log = await diedAfter(events, "continue");
    const interact = person(log, "continue");
    await run(new FakeModel(answer), { limits: { token_limit: 30 }, interact }, log);
    expect(interact).toHaveBeenCalledOnce();
    expect(interact.mock.calls[0]![0].request_id).toBe("breaker-1");
    expect(broken(log)).toHaveLength(1);
    expect(log.events.filter(({ type }) => type === "interaction_request")).toHaveLength(1);
    expect(last(log).type).toBe("done");
  });

  it("BREAK-2: an answer that was given holds, and is not asked for again", async () => {
    for (const said of ["continue", "end"]) {
      const log = await diedAfter(2, said);
      const interact = person(log);
      await run(new FakeModel(answer), { limits: { token_limit: 30 }, interact }, log);
      expect(interact).not.toHaveBeenCalled();
      expect(last(log).type).toBe(said === "end" ? "error" : "done");
    }
  });

  it("BREAK-2: an open question that nobody can be asked any more ends the run", async () => {
    const log = await diedAfter(1, "continue");
    await run(new FakeModel(answer), { limits: { token_limit: 30 } }, log);
    expect(broken(log)).toHaveLength(1);
    expect(last(log)).toMatchObject({ type: "error", code: "token_limit" });
  });
});

it("LOG-4: the question of another run of the session has another id", async () => {
  const log = TestLog.begun();
  const limits = { token_limit: 15 };
  await run(new FakeModel(says("a"), answer), { limits, interact: person(log, "continue") }, log);
  log.add({ type: "user_message", message_id: "m2", content: "again", mode: "queue" });
  log.start(["m2"], "run-2");
  const asked: string[] = [];
  const interact = async ({ request_id }: Interaction) => {
    asked.push(request_id);
    return { answer: "end", comment: null, by: "u" };
  };
  const emit = (event: EmittedEvent): void => log.add(event, "run-2");
  const model = new FakeModel(says("x"), answer);
  await runAgent(log.input(model, { tools: [echo], limits, interact, run_id: "run-2", emit }));
  expect(asked).toEqual(["breaker-2"]);
});

it("many that come to a limit at once ask once (BREAK-2)", async () => {
  const log = TestLog.begun();
  const interact = person(log, "continue");
  const input = log.input(new FakeModel(answer), { limits: { token_limit: 10 }, interact });
  const breaker = new Breaker(input, new Outbox(input.emit), new AbortController().signal, new RunBudget());
  const used = { usage: { ...NO_USAGE, total_tokens: 12 }, cost: null };
  expect(await Promise.all([breaker.check(used), breaker.check(used), breaker.check(used)])).toEqual([
    null,
    null,
    null,
  ]);
  expect(interact).toHaveBeenCalledOnce();
});

it("a summary's tokens are not the run's (BREAK-1)", async () => {
  const log = TestLog.begun();
  const input = log.input(new FakeModel(answer), { limits: { token_limit: 10 } });
  const breaker = new Breaker(input, new Outbox(input.emit), new AbortController().signal, new RunBudget());
  const spent = (total_tokens: number) => ({ usage: { ...NO_USAGE, total_tokens }, cost: null });
  breaker.summaryUsed({ ...NO_USAGE, total_tokens: 5 });
  expect(await breaker.check(spent(14))).toBeNull();
  expect(await breaker.check(spent(15))).toMatchObject({ code: "token_limit" });
});

describe("what a run has cost", () => {
  it("stands in its end where the price is known", async () => {
    const log = await run(new FakeModel(says("a"), answer), { price: { input: 100_000, output: 200_000 } });
    expect(last(log)).toMatchObject({ type: "done", cost: 4 });
  });

  it("does not where it is not", async () => {
    expect(last(await run(new FakeModel(answer)))).not.toHaveProperty("cost");
  });
});
