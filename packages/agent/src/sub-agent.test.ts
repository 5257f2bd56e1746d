import { type EmittedEvent, openTurn, type ToolItem } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { RunAgentInput, SubAgent } from "./input.ts";
import { toMessages } from "./messages.ts";
import { ModelError } from "./model-port.ts";
import type { PermitRequest } from "./permit.ts";
import { runAgent } from "./run-agent.ts";
import { person, said } from "./testing/person.ts";
import { call, FakeModel, finish, type Reply, reasoning, TestLog, text, USAGE } from "./testing/test-log.ts";
import { type DelegatedTask, defineTool, type Tool, type ToolContext } from "./tool.ts";

const usage: Reply[number] = { type: "usage", usage: USAGE };
const answer = (words: string): Reply => [text(words), finish("stop"), usage];
/** One call of each tool, by the ids n1, n2, … */
const calls = (prefix: string, ...names: string[]): Reply => [
  names.map((name, at) => call(at, `${prefix}${at + 1}`, name, "{}")),
  finish("tool_calls"),
  usage,
];
const delegating: Reply = [call(0, "c1", "run_agent", '{"task":"look"}'), finish("tool_calls"), usage];

const runAgentTool = (change: (task: DelegatedTask) => DelegatedTask = (task) => task): Tool =>
  defineTool({
    name: "run_agent",
    description: "",
    parameters: z.object({ task: z.string().default("look"), agent: z.string().optional() }),
    execute: async (args, { delegate }) => {
      const { ok, content } = await delegate(change(args));
      return { content: ok ? content : `The sub-agent failed: ${content}` };
    },
  });

function toolNamed(name: string, execute: (context: ToolContext) => Promise<string> = async () => `of ${name}`): Tool {
  return defineTool({
    name,
    description: "",
    parameters: z.object({}),
    execute: async (_, context) => ({ content: await execute(context) }),
  });
}

async function run(model: FakeModel, change: Partial<RunAgentInput> = {}, log = TestLog.begun()): Promise<TestLog> {
  await runAgent(log.input(model, { tools: [runAgentTool(), toolNamed("read")], system: "Be kind.", ...change }));
  expect(brokenRules(log.events)).toEqual([]);
  expect(openTurn(log.view)).toBeNull();
  return log;
}

const last = (log: TestLog): EmittedEvent => log.emitted().at(-1)!;
const callOf = (log: TestLog, id: string): ToolItem =>
  log.view.turns[0]!.items.find((item) => item.kind === "tool" && item.tool_call_id === id) as ToolItem;
const resultOf = (log: TestLog, id: string) =>
  log.emitted().find((event) => event.type === "tool_result" && event.tool_call_id === id);

describe("a sub-agent", () => {
  it("TOOL-7: has a conversation of its own; its text is the call's output, its calls are under the call", async () => {
    const model = new FakeModel(
      [text("I ask."), ...delegating],
      [reasoning("hm"), text("Let me read."), ...calls("n", "read")],
      answer("It says so."),
      answer("Done."),
    );
    const log = await run(model);
    expect(log.types()).toEqual([
      ...["step", "text_delta", "tool_call_delta", "tool_call", "agent_output", "tool_start"],
      ...["tool_output_delta", "tool_call", "tool_start", "tool_result"],
      ...["tool_output_delta", "tool_output_delta", "tool_result"],
      ...["step", "text_delta", "agent_output", "done"],
    ]);
    expect(model.requests[1]).toMatchObject({ system: "Be kind.", messages: [{ role: "user", content: "look" }] });
    expect(model.requests[1]?.tools.map(({ name }) => name)).toEqual(["read"]);
    expect(model.requests[2]?.messages).toEqual([
      { role: "user", content: "look" },
      {
        role: "assistant",
        content: "Let me read.",
        tool_calls: [{ id: "n1", name: "read", arguments: "{}" }],
        reasoning: "hm",
      },
      { role: "tool", tool_call_id: "n1", content: "of read" },
    ]);
    expect(callOf(log, "n1")).toMatchObject({ parent_tool_call_id: "c1", phase: { outcome: "completed" } });
    expect(callOf(log, "c1")).toMatchObject({
      output: "Let me read.\n\nIt says so.",
      phase: { content: "It says so.", outcome: "completed" },
    });
  });

  it("and nothing of it is in the run's own conversation but the result (CTX-3)", async () => {
    const model = new FakeModel(delegating, calls("n", "read"), answer("It says so."), answer("Done."));
    const log = await run(model);
    expect(model.requests[3]?.messages.map(({ role, content }) => [role, content])).toEqual([
      ["user", "hello"],
      ["assistant", ""],
      ["tool", "It says so."],
    ]);
    expect(toMessages(log.view).slice(0, 3)).toEqual(model.requests[3]?.messages);
    expect(last(log)).toMatchObject({ content: "Done.", steps: 2 });
  });

  it("TOOL-7: has its usage and steps in the call's result, and they count as the run's", async () => {
    const log = await run(new FakeModel(delegating, calls("n", "read"), answer("a"), answer("b")));
    expect(resultOf(log, "c1")).toMatchObject({ usage: { input_tokens: 20, output_tokens: 10 }, steps: 2 });
    expect(last(log)).toMatchObject({ type: "done", steps: 2, usage: { input_tokens: 40, output_tokens: 20 } });
    expect(log.view.turns[0]).toMatchObject({ usage: (last(log) as { usage: unknown }).usage });
  });

  it("keeps ids apart: one that the model repeats inside is replaced (LOG-4)", async () => {
    const log = await run(new FakeModel(delegating, calls("c", "read"), answer("a"), calls("c", "read"), answer("b")));
    const ids = log.emitted().flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
    expect(ids[0]).toBe("c1");
    expect(new Set(ids).size).toBe(3);
  });

  it("ends at its limit of steps, and says what it last said", async () => {
    const model = new FakeModel(delegating, [text("hm"), ...calls("n", "read")], calls("m", "read"), answer("b"));
    const own = new FakeModel([text("hm"), ...calls("n", "read")]);
    const delegates = (): SubAgent => ({ model: own, tools: [toolNamed("read")], max_steps: 2 });
    const log = await run(model, { delegates });
    expect(own.requests).toHaveLength(2);
    expect(resultOf(log, "c1")).toMatchObject({ content: expect.stringMatching(/limit of 2 steps.*\n?hm/s), steps: 2 });
  });

  it("has at most 20 steps where nothing else is said", async () => {
    const own = new FakeModel(calls("n", "read"));
    let reads = 0;
    const read = toolNamed("read", async () => `${++reads}`);
    await run(new FakeModel(delegating, answer("b")), { delegates: () => ({ model: own, tools: [read] }) });
    expect(own.requests).toHaveLength(20);
  });

  it("of a name is the configuration's, with its own model, tools and system prompt", async () => {
    const own = new FakeModel(calls("n", "other"), answer("found"));
    const named = { model: own, tools: [toolNamed("other"), runAgentTool()], system: "Read only." };
    const delegates = vi.fn((agent: string | undefined) => (agent === "reader" ? named : null));
    const tools = [runAgentTool((task) => ({ ...task, agent: "reader" }))];
    const log = await run(new FakeModel(delegating, answer("b")), { tools, delegates });
    expect(own.requests[0]).toMatchObject({ system: "Read only.", tools: [{ name: "other" }] });
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "completed", content: "found" });
  });

  it.each([
    ["of a name that is not there", (task: DelegatedTask) => ({ ...task, agent: "nobody" }), 'no agent "nobody"'],
    ["without a task", () => ({ task: " \n" }), "The task is empty."],
  ])("%s: the tool fails", async (_, change, problem) => {
    for (const delegates of [undefined, () => null]) {
      const model = new FakeModel(delegating, answer("b"));
      const log = await run(model, { tools: [runAgentTool(change)], delegates });
      expect(resultOf(log, "c1")).toMatchObject({ outcome: "failed", content: expect.stringContaining(problem) });
      expect(model.requests).toHaveLength(2);
    }
  });

  it("runs no other sub-agent", async () => {
    const other = defineTool({ ...runAgentTool(), name: "other" } as Tool<never>);
    const model = new FakeModel(delegating, calls("n", "other"), answer("a"), answer("b"));
    const log = await run(model, { tools: [runAgentTool(), other] });
    expect(resultOf(log, "n1")).toMatchObject({ outcome: "failed", content: "A sub-agent cannot run another one." });
  });
});

describe("a sub-agent's model call that fails", () => {
  const broke = new ModelError("truncated", "It broke off.", { retryable: true });

  it("is made again: a line says so, no call of the failed attempt was shown or run (R11)", async () => {
    const read = vi.fn(async () => "read");
    const model = new FakeModel(
      delegating,
      [text("half"), call(0, "n1", "read", "{}"), broke],
      [text("again"), ...calls("n", "read")],
      answer("whole"),
      answer("b"),
    );
    const log = await run(model, { tools: [runAgentTool(), toolNamed("read", read)] });
    expect(read).toHaveBeenCalledOnce();
    expect(callOf(log, "c1").output).toBe("half\n[Asked again: It broke off.]\nagain\n\nwhole");
    expect(log.types()).not.toContain("retry");
    expect(resultOf(log, "c1")).toMatchObject({ content: "whole", steps: 2 });
  });

  it("for good ends it, not the run: the tool gets the reason", async () => {
    const model = new FakeModel(
      delegating,
      [new ModelError("unauthorized", "Bad key.", { retryable: false })],
      answer("b"),
    );
    const log = await run(model);
    expect(resultOf(log, "c1")).toMatchObject({ content: "The sub-agent failed: Bad key.", steps: 0 });
    expect(last(log)).toMatchObject({ type: "done", content: "b" });
  });
});

describe("a sub-agent's calls", () => {
  it("need the same permissions; a refusal is told to the sub-agent (TOOL-8 ASK-7)", async () => {
    const log = TestLog.begun();
    const ann = person(log, ({ tool_call_id }) => said(tool_call_id === "n1" ? "allow_once" : "deny"));
    const permit = ({ tool }: PermitRequest) =>
      tool.name === "read"
        ? ({ decision: "ask", content: "May it?", options: ["allow_once", "deny"], pattern: null } as const)
        : ({ decision: "allow" } as const);
    const model = new FakeModel(delegating, calls("n", "read", "read"), answer("a"), answer("b"));
    await run(model, { permit, ...ann }, log);
    expect(ann.asked.map(({ request_id }) => request_id)).toEqual(["confirm-n1", "confirm-n2"]);
    expect(model.requests[2]?.messages.slice(2)).toEqual([
      { role: "tool", tool_call_id: "n1", content: "of read" },
      { role: "tool", tool_call_id: "n2", content: expect.stringContaining("refused by ann") },
    ]);
    expect(callOf(log, "n2").phase).toMatchObject({ outcome: "denied", started_at: null });
  });

  it("that wait for a person hold no place of the run's calls (F89)", async () => {
    const log = TestLog.begun();
    const gate = Promise.withResolvers<void>();
    const ann = person(log, async () => {
      await gate.promise;
      return said("go");
    });
    const asker = toolNamed(
      "ask",
      async ({ ask }) => (await ask({ kind: "question", content: "?", options: [] })).answer,
    );
    const own = (): SubAgent => ({ model: new FakeModel(calls("n", "ask"), answer("a")), tools: [asker] });
    const names = [...Array(5).fill("run_agent"), "read"] as string[];
    const running = run(
      new FakeModel(calls("c", ...names), answer("b")),
      { delegates: own, ...ann, tools: [runAgentTool(), toolNamed("read")] },
      log,
    );
    await vi.waitFor(() => expect(ann.asked).toHaveLength(5));
    await vi.waitFor(() => expect(resultOf(log, "c6")).toBeDefined());
    gate.resolve();
    await running;
    expect(last(log).type).toBe("done");
  });
});

describe("a limit of the run that a sub-agent meets", () => {
  const limits = { token_limit: 40 };
  const model = () => new FakeModel(delegating, calls("n", "read"), calls("m", "read"), answer("a"), answer("b"));

  it("BREAK-1 BREAK-2: ends the run where nobody can be asked, and asks no model", async () => {
    const asked = model();
    const log = await run(asked, { limits });
    expect(asked.requests).toHaveLength(3);
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "cancelled", usage: { total_tokens: 30 }, steps: 2 });
    expect(last(log)).toMatchObject({ type: "error", code: "token_limit", reason: "circuit_breaker" });
    expect(log.types().filter((type) => type === "circuit_breaker")).toHaveLength(1);
  });

  it("BREAK-2: asks once, and it goes on after continue", async () => {
    const log = TestLog.begun();
    const ann = person(log, () => said("continue"));
    await run(model(), { limits, ...ann }, log);
    expect(ann.asked.map(({ request_id }) => request_id)).toEqual(["breaker-1"]);
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "completed", content: "a" });
    expect(last(log)).toMatchObject({ type: "done", content: "b" });
  });

  it("BREAK-2: ends all sub-agents after end; what had not begun never does", async () => {
    const log = TestLog.begun();
    const ann = person(log, () => said("end"));
    const read = vi.fn(async () => "read");
    const names = [...Array(4).fill("run_agent"), "read"] as string[];
    const own = (): SubAgent => ({ model: new FakeModel(calls("n", "look"), answer("a")), tools: [toolNamed("look")] });
    const tools = [runAgentTool(), toolNamed("read", read)];
    await run(new FakeModel(calls("c", ...names)), { limits, delegates: own, tools, ...ann }, log);
    expect(ann.asked).toHaveLength(1);
    expect(read).not.toHaveBeenCalled();
    expect(last(log)).toMatchObject({ type: "error", reason: "circuit_breaker" });
  });
});

describe("a stop", () => {
  it("while its model answers ends it: what it used is counted, the call is cancelled", async () => {
    const stop = new AbortController();
    const model = new FakeModel(delegating, calls("n", "read"), [text("half"), "hang"]);
    const log = TestLog.begun();
    const running = run(model, { signal: stop.signal }, log);
    await vi.waitFor(() => expect(callOf(log, "c1").output).toBe("half"));
    stop.abort();
    await running;
    expect(resultOf(log, "c1")).toMatchObject({ outcome: "cancelled", steps: 1, usage: USAGE });
    expect(last(log)).toMatchObject({ type: "cancelled", usage: { input_tokens: 20 } });
    expect(log.view.turns[0]?.usage).toMatchObject({ input_tokens: 20 });
  });

  it("while its calls run closes them all, before the call they are in (RUN-3 TOOL-7)", async () => {
    const stop = new AbortController();
    const slow = toolNamed(
      "slow",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const model = new FakeModel(delegating, calls("n", ...Array(6).fill("slow")));
    const log = TestLog.begun();
    const running = run(model, { tools: [runAgentTool(), slow], signal: stop.signal }, log);
    await vi.waitFor(() => expect(log.types().filter((type) => type === "tool_start")).toHaveLength(5));
    stop.abort();
    await running;
    const ended = log.emitted().flatMap((event) => (event.type === "tool_result" ? [event] : []));
    expect(ended.map(({ outcome }) => outcome)).toEqual(Array(7).fill("cancelled"));
    expect(ended.at(-1)?.tool_call_id).toBe("c1");
    expect(last(log).type).toBe("cancelled");
  });

  it("is over when a deaf call inside it is given up, and nothing is written afterwards (RUN-2)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const stop = new AbortController();
      const deaf = toolNamed("deaf", () => new Promise(() => {}));
      const model = new FakeModel(delegating, calls("n", "deaf"));
      const log = TestLog.begun();
      const running = run(model, { tools: [runAgentTool(), deaf], signal: stop.signal }, log);
      await new Promise(setImmediate);
      stop.abort();
      await new Promise(setImmediate);
      vi.advanceTimersByTime(3000);
      await running;
      const length = log.events.length;
      vi.advanceTimersByTime(10_000);
      await new Promise(setImmediate);
      expect(log.events).toHaveLength(length);
      expect(last(log).type).toBe("cancelled");
    } finally {
      vi.useRealTimers();
    }
  });
});

it("a tool that does not wait for its sub-agent ends it with its call", async () => {
  const careless = defineTool({
    name: "run_agent",
    description: "",
    parameters: z.object({ task: z.string() }),
    execute: async ({ task }, { delegate }) => {
      void delegate({ task });
      return { content: "gone" };
    },
  });
  const own = new FakeModel([text("half"), "hang"]);
  const log = await run(new FakeModel(delegating, answer("b")), {
    tools: [careless],
    delegates: () => ({ model: own, tools: [] }),
  });
  expect(resultOf(log, "c1")).toMatchObject({ outcome: "completed", content: "gone", steps: 0 });
  expect(last(log)).toMatchObject({ type: "done", content: "b" });
});
