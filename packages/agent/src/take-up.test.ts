import { type EmittedEvent, openCalls, openTurn } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ModelError } from "./model-port.ts";
import { runAgent } from "./run-agent.ts";
import { call, FakeModel, finish, type Reply, RUN_ID, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const answer: Reply = [text("the answer"), finish("stop")];
const step = (number: number): EmittedEvent => ({
  type: "step",
  step: number,
  max_steps: 10,
  tokens: 1,
  token_limit: 9,
});
const delta: EmittedEvent = { type: "text_delta", block_id: "b1", offset: 0, content: "half" };
const output = (ids: string[], finish_reason = "stop"): EmittedEvent => ({
  type: "agent_output",
  step: 1,
  finish_reason,
  usage: USAGE,
  text_length: 4,
  tool_call_ids: ids,
});
const toolCall = (tool_call_id: string, args: Record<string, unknown> = { text: "x" }): EmittedEvent[] => [
  { type: "tool_call_delta", tool_call_id, tool_name: "echo", offset: 0, content: JSON.stringify(args) },
  { type: "tool_call", tool_call_id, tool_name: "echo", args },
];

const retryAt = (discard_from: number) =>
  ({ type: "retry", retry_attempt: 1, retry_max_attempts: 3, content: "", delay_ms: 0, discard_from }) as const;

/** Takes up a run that left these events, and gives what it adds. */
async function takeUp(events: readonly EmittedEvent[], model = new FakeModel(answer)) {
  const log = TestLog.begun();
  for (const event of events) log.add(event, RUN_ID);
  const from = log.events.length;
  const execute = vi.fn(async ({ text: said }: { text: string }) => ({ content: said }));
  const echo = defineTool({
    name: "echo",
    description: "",
    parameters: z.object({ text: z.string().default("x") }),
    execute,
  });
  await runAgent(log.input(model, { tools: [echo] }));
  expect(openTurn(log.view)).toBeNull();
  expect(openCalls(log.view.turns[0]!)).toEqual([]);
  return { added: log.emitted(from), types: log.types(from), model, execute, log };
}

describe("a run is taken up", () => {
  it("in an unanswered step: what it brought is void and the same step is asked again (R1)", async () => {
    const { added, model, log } = await takeUp([step(1), delta, toolCall("c1")[0]!]);
    expect(added[0]).toMatchObject({
      type: "retry",
      retry_attempt: 1,
      retry_max_attempts: 3,
      delay_ms: 0,
      discard_from: log.stepStart() + 1,
    });
    expect(added.map(({ type }) => type)).toEqual(["retry", "text_delta", "agent_output", "done"]);
    expect(added.at(-1)).toMatchObject({ content: "the answer", steps: 1 });
    expect(model.requests[0]?.messages).toEqual([{ role: "user", content: "hello" }]);
    const items = log.view.turns[0]!.items.flatMap((item) => (item.kind === "text" ? [item.content] : []));
    expect(items).toEqual(["the answer"]);
  });

  it("and is stopped then: what is void was not said (STOP-4)", async () => {
    const log = TestLog.begun();
    for (const event of [step(1), delta]) log.add(event, RUN_ID);
    const stop = new AbortController();
    const emit = (event: EmittedEvent): void => {
      log.add(event, RUN_ID);
      if (event.type === "retry") stop.abort();
    };
    await runAgent(log.input(new FakeModel(answer), { emit, signal: stop.signal }));
    expect(log.emitted().at(-1)).toMatchObject({ type: "cancelled", content: "" });
  });

  it("after a retry no id of the model is kept: a void one may have been the same", async () => {
    const again: Reply = [call(0, "c1", "echo", "{}"), finish("stop")];
    const { added } = await takeUp([step(1), toolCall("c1")[0]!, retryAt(3), delta], new FakeModel(again, answer));
    const [made] = added.flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
    expect(made).toMatch(/^id-/);
  });

  it("in one step at most three times (R1)", async () => {
    const events: EmittedEvent[] = [step(1), delta];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const { added } = await takeUp(events);
      expect(added[0]).toMatchObject({ type: "retry", retry_attempt: attempt });
      events.push(added[0]!, { ...delta, block_id: `r${attempt}` } as EmittedEvent);
    }
    const { added, model } = await takeUp(events);
    expect(added).toMatchObject([
      { type: "error", reason: "interrupted", code: "recovery_exhausted", retryable: true },
    ]);
    expect(model.requests).toHaveLength(0);
  });

  it("in one run at most ten times (R1)", async () => {
    const events: EmittedEvent[] = [];
    const retry = (discard_from: number): EmittedEvent => ({ ...retryAt(discard_from), retry_attempt: 3 });
    for (const number of [1, 2, 3]) {
      events.push(step(number));
      events.push(retry(events.length + 3), ...toolCall(`c${number}`));
      events.push({ ...output([`c${number}`]), step: number } as EmittedEvent);
      const result = { outcome: "completed", success: true, content: "", error: null, execution_time: 0 } as const;
      events.push({ type: "tool_result", tool_call_id: `c${number}`, tool_name: "echo", ...result });
    }
    const nine = await takeUp([...events, step(4), delta]);
    expect(nine.added[0]).toMatchObject({ type: "retry", retry_attempt: 1 });
    const ten = { ...nine.added[0]!, retry_attempt: 1 } as EmittedEvent;
    const { added } = await takeUp([...events, step(4), ten, delta]);
    expect(added).toMatchObject([{ type: "error", code: "recovery_exhausted" }]);
  });

  it("with what the endpoint failed counted apart: it costs no recovery, and no more is left of it (R1, R11)", async () => {
    const busy = new ModelError("upstream_error", "busy", { retryable: true });
    const events: EmittedEvent[] = [step(1)];
    const attempt = async (failures: number, replies: Reply[]): Promise<EmittedEvent[]> => {
      const { added } = await takeUp(events, new FakeModel(...replies));
      // The server dies behind the retries.
      const retries = added.filter(({ type }) => type === "retry");
      expect(retries).toHaveLength(1 + failures);
      events.push(...retries);
      return added;
    };
    const numbers = (): number[][] =>
      events.flatMap((event) => (event.type === "retry" ? [[event.retry_attempt, event.retry_max_attempts]] : []));
    await attempt(1, [[busy], answer]);
    await attempt(1, [[busy], answer]);
    expect((await attempt(0, [[busy]])).at(-1)).toMatchObject({ type: "error", code: "upstream_error" });
    expect(numbers()).toEqual([
      [1, 3],
      [2, 4],
      [3, 4],
      [4, 5],
      [5, 5],
    ]);
    const { added } = await takeUp(events);
    expect(added).toMatchObject([{ type: "error", code: "recovery_exhausted" }]);
  });

  it("in a run whose endpoint failed often: that is no reason to end it (R1, R11)", async () => {
    const events: EmittedEvent[] = [];
    for (let number = 1; number <= 8; number += 1) {
      events.push(step(number));
      const retry = retryAt(events.length + 3);
      events.push({ ...retry, retry_attempt: 2, delay_ms: 1000 }, ...toolCall(`c${number}`));
      events.push({ ...output([`c${number}`]), step: number } as EmittedEvent);
      const result = { outcome: "completed", success: true, content: "", error: null, execution_time: 0 } as const;
      events.push({ type: "tool_result", tool_call_id: `c${number}`, tool_name: "echo", ...result });
    }
    const { added } = await takeUp([...events, step(9), delta]);
    expect(added[0]).toMatchObject({ type: "retry", retry_attempt: 1, retry_max_attempts: 3, delay_ms: 0 });
    expect(added.at(-1)).toMatchObject({ type: "done" });
  });

  it("TOOL-6: with a tool running: its result is unknown, it is not run again, the model is told (R2)", async () => {
    const events = [step(1), ...toolCall("c1"), output(["c1"]), { type: "tool_start", tool_call_id: "c1" } as const];
    const { added, execute, model } = await takeUp(events);
    expect(added[0]).toMatchObject({ type: "tool_result", outcome: "unknown", success: false });
    expect(execute).not.toHaveBeenCalled();
    expect(model.requests[0]?.messages.at(-1)).toMatchObject({
      role: "tool",
      content: expect.stringContaining("Verify"),
    });
    expect(added.at(-1)).toMatchObject({ type: "done", steps: 2 });
  });

  it("with a call that had not begun: it is run now", async () => {
    const { types, execute, model } = await takeUp([step(1), ...toolCall("c1"), output(["c1"])]);
    expect(types.slice(0, 3)).toEqual(["tool_start", "tool_result", "step"]);
    expect(execute).toHaveBeenCalledOnce();
    expect(model.requests[0]?.messages.at(-1)).toEqual({ role: "tool", tool_call_id: "c1", content: "x" });
  });

  it("with a call whose arguments were not JSON: it is not run (F72)", async () => {
    const bad: EmittedEvent[] = [
      { type: "tool_call_delta", tool_call_id: "c1", tool_name: "echo", offset: 0, content: '{"text":' },
      { type: "tool_call", tool_call_id: "c1", tool_name: "echo", args: {} },
    ];
    const { added, execute } = await takeUp([step(1), ...bad, output(["c1"])]);
    expect(added[0]).toMatchObject({ type: "tool_result", outcome: "failed" });
    expect(execute).not.toHaveBeenCalled();
  });

  it("with a call that was made before its output was stored: the step is asked again (F24)", async () => {
    const { types, execute } = await takeUp([step(1), ...toolCall("c1")]);
    expect(types).toEqual(["retry", "text_delta", "agent_output", "done"]);
    expect(execute).not.toHaveBeenCalled();
  });

  it("with all results there: the next step follows (F24)", async () => {
    const result = { outcome: "completed", success: true, content: "x", error: null, execution_time: 0 } as const;
    const { types } = await takeUp([
      step(1),
      ...toolCall("c1"),
      output(["c1"]),
      { type: "tool_result", tool_call_id: "c1", tool_name: "echo", ...result },
    ]);
    expect(types).toEqual(["step", "text_delta", "agent_output", "done"]);
  });

  it("with its answer complete: only the end is added", async () => {
    const { added, model } = await takeUp([step(1), delta, output([], "length")]);
    expect(added).toEqual([{ type: "done", content: "half", steps: 1, reason: "length", usage: USAGE }]);
    expect(model.requests).toHaveLength(0);
  });

  it("while it stops: open calls are closed, no model is asked, what was said is kept (R4)", async () => {
    const { added, model, execute } = await takeUp([
      step(1),
      delta,
      ...toolCall("c1"),
      { type: "stop_requested", by: "u" },
    ]);
    expect(added).toMatchObject([
      { type: "tool_result", outcome: "cancelled" },
      { type: "cancelled", content: "half", steps: 1 },
    ]);
    expect(model.requests).toHaveLength(0);
    expect(execute).not.toHaveBeenCalled();
  });
});
