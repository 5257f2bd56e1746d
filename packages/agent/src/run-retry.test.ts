import type { EmittedEvent } from "@millrace/protocol";
import { openCalls, type View } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ModelError } from "./model-port.ts";
import { runAgent } from "./run-agent.ts";
import { call, FakeModel, finish, type Reply, RUN_ID, reasoning, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const broke = new ModelError("truncated", "It broke off.", { retryable: true });
const busy = new ModelError("upstream_error", "Overloaded.", { retryable: true, status: 503 });
const answer: Reply = [text("the answer"), finish("stop"), { type: "usage", usage: USAGE }];

async function run(model: FakeModel, change = {}, log = TestLog.begun()): Promise<TestLog> {
  await runAgent(log.input(model, change));
  expect(brokenRules(log.events)).toEqual([]);
  return log;
}

const last = (log: TestLog): EmittedEvent => log.emitted().at(-1)!;
const retries = (log: TestLog) => log.emitted().filter((event) => event.type === "retry");
const texts = (log: TestLog): string[] =>
  log.view.turns[0]!.items.flatMap((item) => (item.kind === "text" || item.kind === "thinking" ? [item.content] : []));

describe("a step whose model call fails is asked again (R11)", () => {
  it("and what the failed attempt showed is void: no text twice, none counted twice (DELTA-3)", async () => {
    const model = new FakeModel([reasoning("hm"), text("half an ans\ud83d"), broke], answer);
    const log = await run(model);
    expect(log.types()).toEqual(["step", "thinking", "text_delta", "retry", "text_delta", "agent_output", "done"]);
    expect(retries(log)).toEqual([
      {
        type: "retry",
        retry_attempt: 1,
        retry_max_attempts: 3,
        content: "It broke off.",
        delay_ms: 500,
        discard_from: log.stepStart() + 1,
      },
    ]);
    expect(texts(log)).toEqual(["the answer"]);
    expect(log.emitted().find(({ type }) => type === "agent_output")).toMatchObject({ text_length: 10 });
    expect(last(log)).toMatchObject({ type: "done", content: "the answer", steps: 1, usage: USAGE });
    expect(model.requests[1]).toEqual(model.requests[0]);
  });

  it("at most twice before anything is shown; then the failure is the run's, with its own code", async () => {
    const model = new FakeModel([busy]);
    const log = await run(model);
    expect(log.types()).toEqual(["step", "retry", "retry", "error"]);
    expect(retries(log).map(({ retry_attempt, delay_ms }) => [retry_attempt, delay_ms])).toEqual([
      [1, 500],
      [2, 1000],
    ]);
    expect(last(log)).toMatchObject({ code: "upstream_error", reason: "model_error", retryable: true });
    expect(model.requests).toHaveLength(3);
  });

  it("with as many attempts in each step", async () => {
    const echo = defineTool({
      name: "echo",
      description: "",
      parameters: z.object({}),
      execute: async () => ({ content: "x" }),
    });
    const called: Reply = [call(0, "c1", "echo", "{}"), finish("tool_calls")];
    const log = await run(new FakeModel([busy], [busy], called, [busy], [busy], answer), { tools: [echo] });
    expect(retries(log).map(({ retry_attempt }) => retry_attempt)).toEqual([1, 2, 1, 2]);
    expect(last(log).type).toBe("done");
  });

  it("and no tool runs for a call of an attempt that failed, nor is the call left open", async () => {
    const execute = vi.fn(async () => ({ content: "x" }));
    const echo = defineTool({ name: "echo", description: "", parameters: z.object({}), execute });
    const called: Reply = [call(0, "c1", "echo", "{}"), finish("tool_calls")];
    const model = new FakeModel([call(0, "c1", "echo", "{}"), call(1, "c2", "echo", "{"), broke], called, answer);
    const log = await run(model, { tools: [echo] });
    expect(execute).toHaveBeenCalledOnce();
    expect(openCalls(log.view.turns[0]!)).toEqual([]);
    expect(log.emitted().filter(({ type }) => type === "tool_result")).toHaveLength(1);
    expect(last(log).type).toBe("done");
  });

  it("not where the endpoint asks to wait long: rate_limited", async () => {
    const wait = new ModelError("rate_limited", "Slow down.", { retryable: true, retry_after_ms: 3_600_000 });
    const log = await run(new FakeModel([wait]));
    expect(log.types()).toEqual(["step", "error"]);
    expect(last(log)).toMatchObject({ code: "rate_limited", reason: "model_error", retryable: true });
  });
});

describe("a stop while a retry waits", () => {
  it("ends the wait at once, asks no more and says nothing that is void", async () => {
    const stop = new AbortController();
    const model = new FakeModel([text("void"), broke], answer);
    const log = TestLog.begun();
    const deaf = { now: () => 0, sleep: () => new Promise<void>(() => {}) };
    const running = run(model, { signal: stop.signal, clock: deaf }, log);
    await new Promise(setImmediate);
    expect(log.types()).toEqual(["step", "text_delta", "retry"]);
    stop.abort();
    await running;
    expect(last(log)).toMatchObject({ type: "cancelled", content: "", steps: 1 });
    expect(model.requests).toHaveLength(1);
  });

  it("also where the clock rejects then", async () => {
    const stop = new AbortController();
    const sleep = (_: number, signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const running = run(new FakeModel([busy]), { signal: stop.signal, clock: { now: () => 0, sleep } });
    await new Promise(setImmediate);
    stop.abort();
    expect(last(await running).type).toBe("cancelled");
  });

  it("that came before the failure was known makes no retry and keeps what was said", async () => {
    const stop = new AbortController();
    const log = TestLog.begun();
    const emit = (event: EmittedEvent): void => {
      log.add(event, RUN_ID);
    };
    const view = async (): Promise<View> => {
      if (log.types().includes("text_delta")) stop.abort();
      return log.view;
    };
    await runAgent(log.input(new FakeModel([text("said"), broke]), { emit, view, signal: stop.signal }));
    expect(log.types()).toEqual(["step", "text_delta", "cancelled"]);
    expect(last(log)).toMatchObject({ content: "said" });
  });
});

it("a clock that fails in the wait is an error of the run", async () => {
  const sleep = (): Promise<void> => Promise.reject(new Error("no clock"));
  const log = await run(new FakeModel([busy]), { clock: { now: () => 0, sleep } });
  expect(last(log)).toMatchObject({ type: "error", code: "internal" });
});
