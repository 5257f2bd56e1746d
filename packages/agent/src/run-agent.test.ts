import { type EmittedEvent, LIMITS, openCalls, openTurn } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { ModelError } from "./model-port.ts";
import { runAgent } from "./run-agent.ts";
import { call, FakeModel, finish, type Reply, RUN_ID, reasoning, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool, type Tool, ToolOutcomeUnknown } from "./tool.ts";

const echo = defineTool({
  name: "echo",
  description: "Gives its text back.",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text: said }) => ({ content: said }),
});

const answer = (said: string): Reply => [text(said), finish("stop"), { type: "usage", usage: USAGE }];

async function run(model: FakeModel, change = {}, log = TestLog.begun()): Promise<TestLog> {
  await runAgent(log.input(model, change));
  return log;
}

const last = (log: TestLog): EmittedEvent => log.emitted().at(-1)!;
const results = (log: TestLog) => log.emitted().filter((event) => event.type === "tool_result");

describe("an answer", () => {
  it("is announced, shown, summed up and ended, in this order", async () => {
    const model = new FakeModel([
      reasoning("hm"),
      [text("Hel"), text("lo")],
      finish("stop"),
      { type: "usage", usage: USAGE },
    ]);
    const log = await run(model, { system: "Be kind." });
    expect(log.emitted()).toEqual([
      { type: "step", step: 1, max_steps: 10, tokens: expect.any(Number), token_limit: 1000 },
      { type: "thinking", block_id: "id-2001", offset: 0, content: "hm" },
      { type: "text_delta", block_id: "id-2002", offset: 0, content: "Hel" },
      { type: "text_delta", block_id: "id-2002", offset: 3, content: "lo" },
      { type: "agent_output", step: 1, finish_reason: "stop", usage: USAGE, text_length: 5, tool_call_ids: [] },
      { type: "done", content: "Hello", steps: 1, reason: "completed", usage: USAGE },
    ]);
    expect(model.requests[0]).toMatchObject({ system: "Be kind.", messages: [{ role: "user", content: "hello" }] });
  });

  it("begins a new block whenever the kind changes", async () => {
    const log = await run(new FakeModel([reasoning("a"), text("b"), reasoning("c"), text("d"), finish("stop")]));
    const blocks = log.emitted().flatMap((event) => ("block_id" in event ? [event.block_id] : []));
    expect(new Set(blocks).size).toBe(4);
    expect(last(log)).toMatchObject({ type: "done", content: "bd" });
  });

  it("begins a new block after a tool call", async () => {
    const log = await run(
      new FakeModel([text("a"), call(0, "c", "echo", "{"), text("b"), finish("length")], answer("ok")),
    );
    const blocks = log
      .emitted()
      .flatMap((event) => (event.type === "text_delta" ? [[event.offset, event.content]] : []));
    expect(blocks).toEqual([
      [0, "a"],
      [0, "b"],
      [0, "ok"],
    ]);
  });

  it("never splits a surrogate pair across deltas, and loses no half at a block's end (F65)", async () => {
    const log = await run(new FakeModel([text("a\ud83d"), text("\ude00b\ud83d"), reasoning("x"), finish("stop")]));
    const deltas = log
      .emitted()
      .flatMap((event) => (event.type === "text_delta" ? [[event.offset, event.content]] : []));
    expect(deltas).toEqual([
      [0, "a"],
      [1, "😀b"],
      [4, "\ud83d"],
    ]);
  });

  it("in one long piece is shown in several events", async () => {
    const long = `${"😀".repeat(LIMITS.settled_text)}x`;
    const args = JSON.stringify({ text: `x${long}` });
    const log = await run(new FakeModel([text(`x${long}`), call(0, "c1", "nope", args), finish("stop")], answer("ok")));
    const deltas = log.emitted().flatMap((event) => ("offset" in event ? [event.content] : []));
    expect(Math.max(...deltas.map((content) => content.length))).toBeLessThanOrEqual(LIMITS.settled_text);
    expect(deltas.every((content) => content.isWellFormed())).toBe(true);
    expect(deltas.join("")).toBe(`x${long}${args}ok`);
  });

  it("waits for emit where emit asks for it", async () => {
    const log = TestLog.begun();
    const gate = Promise.withResolvers<void>();
    const running = runAgent(
      log.input(new FakeModel([text("a"), text("b"), finish("stop")]), {
        emit: (event) => {
          log.add(event, RUN_ID);
          return event.type === "text_delta" && event.content === "a" ? gate.promise : undefined;
        },
      }),
    );
    await new Promise(setImmediate);
    expect(log.types()).toEqual(["step", "text_delta"]);
    gate.resolve();
    await running;
    expect(log.types().at(-1)).toBe("done");
  });

  it.each([
    ["length", "length"],
    ["content_filter", "content_filter"],
    ["tool_calls", "completed"],
    ["eos_token", "completed"],
  ])("that ended with %s is done with reason %s (F73, F74)", async (reason, expected) => {
    expect(last(await run(new FakeModel([text("x"), finish(reason)])))).toMatchObject({
      type: "done",
      reason: expected,
    });
  });

  it("that is a refusal is shown and ends with content_filter (F74)", async () => {
    const log = await run(new FakeModel([{ type: "refusal", text: "I cannot." }, finish("stop")]));
    expect(last(log)).toMatchObject({ type: "done", reason: "content_filter", content: "I cannot." });
  });

  it.each<[string, Reply, string]>([
    ["an error as finish_reason (F74)", [text("x"), finish("error")], "upstream_error"],
    ["an unknown finish_reason (F74)", [text("x"), finish("banana")], "bad_upstream"],
    ["no finish_reason (F60)", [text("x")], "truncated"],
    ["nothing in it (F78)", [finish("stop")], "empty_response"],
    ["only reasoning (F78)", [reasoning("x"), finish("stop")], "empty_response"],
    [
      "a failure of the model",
      [text("x"), new ModelError("rate_limited", "slow down", { retryable: true })],
      "rate_limited",
    ],
  ])("with %s is an error", async (_, reply, code) => {
    const log = await run(new FakeModel(reply));
    expect(last(log)).toMatchObject({ type: "error", code, reason: "model_error", retryable: true });
    expect(log.types()).not.toContain("agent_output");
  });
});

describe("tool calls", () => {
  const twoCalls: Reply = [
    text("Let me see."),
    call(0, "c1", "echo", '{"te'),
    { type: "tool_call", index: 0, arguments: 'xt":"one"}' },
    call(1, "c2", "echo", '{"text":"two"}'),
    finish("tool_calls"),
    { type: "usage", usage: USAGE },
  ];

  it("are streamed, completed, run and told to the model in the order of the calls", async () => {
    const model = new FakeModel(twoCalls, answer("done"));
    const gate = Promise.withResolvers<void>();
    const slowFirst = defineTool({
      ...echo,
      parameters: z.object({ text: z.string() }),
      execute: async ({ text: said }) => {
        if (said === "one") await gate.promise;
        else setImmediate(gate.resolve);
        return { content: said };
      },
    });
    const log = await run(model, { tools: [slowFirst] });
    expect(log.types()).toEqual([
      ...["step", "text_delta", "tool_call_delta", "tool_call_delta", "tool_call_delta"],
      ...["tool_call", "tool_call", "agent_output", "tool_start", "tool_start", "tool_result", "tool_result"],
      ...["step", "text_delta", "agent_output", "done"],
    ]);
    expect(results(log).map(({ content }) => content)).toEqual(["two", "one"]);
    expect(log.emitted().filter((event) => event.type === "tool_call")).toMatchObject([
      { tool_call_id: "c1", tool_name: "echo", args: { text: "one" } },
      { tool_call_id: "c2", args: { text: "two" } },
    ]);
    expect(model.requests[1]?.messages).toEqual([
      { role: "user", content: "hello" },
      {
        role: "assistant",
        content: "Let me see.",
        tool_calls: [
          { id: "c1", name: "echo", arguments: '{"text":"one"}' },
          { id: "c2", name: "echo", arguments: '{"text":"two"}' },
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "one" },
      { role: "tool", tool_call_id: "c2", content: "two" },
    ]);
    expect(last(log)).toMatchObject({ type: "done", steps: 2, usage: { input_tokens: 20, output_tokens: 10 } });
  });

  it("do nothing before their tool_start is stored", async () => {
    const execute = vi.fn(echo.execute);
    const stored = Promise.withResolvers<void>();
    const log = TestLog.begun();
    const running = runAgent(
      log.input(new FakeModel([call(0, "c1", "echo", '{"text":"x"}'), finish("stop")], answer("ok")), {
        tools: [{ ...echo, execute }],
        emit: (event) => {
          log.add(event, RUN_ID);
          return event.type === "tool_start" ? stored.promise : undefined;
        },
      }),
    );
    await new Promise(setImmediate);
    expect(log.types().at(-1)).toBe("tool_start");
    expect(execute).not.toHaveBeenCalled();
    stored.resolve();
    await running;
    expect(execute).toHaveBeenCalledOnce();
  });

  it("run at most four at a time and are answered in order (F89)", async () => {
    let running = 0;
    let most = 0;
    const tool = defineTool({
      ...echo,
      parameters: z.object({ text: z.string() }),
      execute: async ({ text: said }) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return { content: said };
      },
    });
    const calls = Array.from({ length: 64 }, (_, at) => call(at, `c${at}`, "echo", `{"text":"${at}"}`));
    const model = new FakeModel([calls, finish("tool_calls")], answer("ok"));
    await run(model, { tools: [tool] });
    expect(most).toBe(4);
    const told = model.requests[1]!.messages.filter(({ role }) => role === "tool").map(({ content }) => content);
    expect(told).toEqual(Array.from({ length: 64 }, (_, at) => String(at)));
  });

  it.each([
    ["invalid JSON", '{"text":'],
    ["two objects", "{}{}"],
    ["an empty text", ""],
    ["null", "null"],
    ["an array", "[]"],
    ["10,000 levels", `{"text":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
    ["the wrong type", '{"text":1}'],
  ])("with %s as arguments are not run, and the model is told (F72)", async (_, args) => {
    const execute = vi.fn(echo.execute);
    const model = new FakeModel([call(0, "c1", "echo", args), finish("tool_calls")], answer("ok"));
    const log = await run(model, { tools: [{ ...echo, execute }] });
    expect(execute).not.toHaveBeenCalled();
    expect(log.types()).not.toContain("tool_start");
    expect(results(log)).toMatchObject([
      { outcome: "failed", success: false, content: expect.stringContaining("not run") },
    ]);
    const said = model.requests[1]!.messages[1]!;
    expect(said.role === "assistant" && JSON.parse(said.tool_calls[0]!.arguments)).toBeTypeOf("object");
    expect(last(log).type).toBe("done");
  });

  it.each([
    ["needs none", z.object({ text: z.string().default("x"), more: z.number().optional() }), undefined, true],
    ["needs one", z.object({ text: z.string() }), undefined, false],
    ["of another program needs none", z.record(z.string(), z.unknown()), { type: "object", properties: {} }, true],
    ["of another program needs one", z.record(z.string(), z.unknown()), { type: "object", required: ["a"] }, false],
  ])("with an empty text as arguments run where the tool %s (F72)", async (_, parameters, input_schema, runs) => {
    const execute = vi.fn(async () => ({ content: "ran" }));
    const tool: Tool = { name: "echo", description: "", parameters, input_schema, execute };
    const model = new FakeModel([call(0, "c1", "echo", ""), finish("tool_calls")], answer("ok"));
    const log = await run(model, { tools: [tool] });
    expect(execute).toHaveBeenCalledTimes(runs ? 1 : 0);
    expect(results(log)).toMatchObject([{ outcome: runs ? "completed" : "failed" }]);
  });

  it("of a tool that is not there are answered with those that are (F71)", async () => {
    const log = await run(new FakeModel([call(0, "c1", "nope", "{}"), finish("stop")], answer("ok")), {
      tools: [echo],
    });
    expect(results(log)).toMatchObject([
      { tool_name: "nope", outcome: "failed", content: expect.stringContaining("echo") },
    ]);
  });

  it("keep the model's id unless it is empty or was used before (F70)", async () => {
    const used: Reply = [call(0, "c1", "echo", '{"text":"a"}'), call(1, "", "echo", '{"text":"b"}'), finish("stop")];
    const log = await run(new FakeModel(used, used, answer("ok")), { tools: [echo] });
    const ids = results(log).map(({ tool_call_id }) => tool_call_id);
    expect(ids[0]).toBe("c1");
    expect(new Set(ids).size).toBe(4);
  });

  it("that throw have failed; the run goes on", async () => {
    const tool: Tool = { ...echo, execute: () => Promise.reject(new Error("no disk")) } as Tool;
    const log = await run(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")], answer("ok")), {
      tools: [tool],
    });
    expect(results(log)).toMatchObject([{ outcome: "failed", error: "no disk", content: "no disk" }]);
    expect(last(log).type).toBe("done");
  });

  it("that may have done their work, or not, are unknown and run once (F86)", async () => {
    const execute = vi.fn(() => Promise.reject(new ToolOutcomeUnknown("The connection broke.")));
    const log = await run(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")], answer("ok")), {
      tools: [{ ...echo, execute }],
    });
    expect(results(log)).toMatchObject([{ outcome: "unknown", success: false, content: "The connection broke." }]);
    expect(execute).toHaveBeenCalledOnce();
    expect(last(log).type).toBe("done");
  });

  it("TOOL-5: have results of bounded length that end in no half of a pair, and say how long they took", async () => {
    const long = `${"x".repeat(LIMITS.tool_output - 1)}😀`;
    let now = 0;
    const tool = defineTool({ ...echo, execute: async () => ({ content: long }) });
    const log = await run(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")], answer("ok")), {
      tools: [tool],
      clock: { now: () => (now += 1500) },
    });
    expect(results(log)).toMatchObject([{ truncated: true, execution_time: 1.5 }]);
    expect(results(log)[0]?.content).toBe(long.slice(0, -2));
  });

  it("show their output while they run, positioned, and none after their end", async () => {
    let late: (value: string) => void = () => {};
    const tool = defineTool({
      ...echo,
      execute: async (_, context) => {
        late = context.output;
        context.output("a\ud83d");
        context.output("\ude00");
        return { content: "ok" };
      },
    });
    const log = await run(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")], answer("ok")), {
      tools: [tool],
    });
    late("too late");
    const shown = log
      .emitted()
      .flatMap((event) => (event.type === "tool_output_delta" ? [[event.offset, event.content]] : []));
    expect(shown).toEqual([
      [0, "a"],
      [1, "😀"],
    ]);
  });

  it("end the run with an error when the steps are used up", async () => {
    const model = new FakeModel([call(0, "c", "echo", '{"text":"a"}'), finish("tool_calls")]);
    const log = await run(model, { tools: [echo], options: { max_steps: 2, token_limit: 1 } });
    expect(model.requests).toHaveLength(2);
    expect(results(log)).toHaveLength(2);
    const end = { type: "error", reason: "max_steps_reached", code: "max_steps_reached", retryable: true };
    expect(last(log)).toMatchObject(end);
  });

  it("of a model that fails in the middle of one are closed before the end", async () => {
    const broken = new ModelError("truncated", "broke off", { retryable: true });
    const log = await run(new FakeModel([call(0, "c1", "echo", '{"te'), broken]), { tools: [echo] });
    expect(log.types()).toEqual(["step", "tool_call_delta", "retry", "tool_call_delta", "tool_result", "error"]);
    expect(openCalls(log.view.turns[0]!)).toEqual([]);
  });
});

describe("steering", () => {
  it("joins at the next step, once", async () => {
    const model = new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")], answer("ok"));
    const steered = [{ message_id: "m2", content: "hurry" }];
    const log = await run(model, { tools: [echo], steered: () => (model.requests.length > 0 ? steered : []) });
    const steps = log.emitted().filter((event) => event.type === "step");
    expect(steps.map(({ message_ids }) => message_ids)).toEqual([undefined, ["m2"]]);
    expect(model.requests[1]?.messages.at(-1)).toEqual({ role: "user", content: "hurry" });
  });
});

describe("a stop", () => {
  it("before the first step asks no model", async () => {
    const model = new FakeModel(answer("x"));
    const log = await run(model, { signal: AbortSignal.abort() });
    expect(log.types()).toEqual(["cancelled"]);
    expect(model.requests).toHaveLength(0);
  });

  it("in the middle of an answer ends it with what was said", async () => {
    const stop = new AbortController();
    const log = TestLog.begun();
    const running = runAgent(log.input(new FakeModel([text("half an ans"), "hang"]), { signal: stop.signal }));
    await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(log.types()).toEqual(["step", "text_delta", "cancelled"]);
    expect(last(log)).toMatchObject({ content: "half an ans", steps: 1 });
  });

  it("does not depend on the model's cooperation", async () => {
    const stop = new AbortController();
    const log = TestLog.begun();
    const deaf = {
      id: "deaf",
      async *stream() {
        yield [text("a")];
        await new Promise(() => {});
      },
    };
    const running = runAgent(log.input(deaf as never, { signal: stop.signal }));
    await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(last(log).type).toBe("cancelled");
  });

  it("emits whole what is being emitted, and nothing after the end", async () => {
    const stop = new AbortController();
    const log = TestLog.begun();
    const many = Array.from({ length: 5 }, (_, at) => [reasoning(`r${at}`), text(`t${at}`)]).flat();
    await runAgent(
      log.input(new FakeModel([many, text("never"), finish("stop")]), {
        signal: stop.signal,
        emit: async (event) => {
          log.add(event, RUN_ID);
          if (event.type === "thinking") stop.abort();
          await new Promise(setImmediate);
        },
      }),
    );
    expect(last(log)).toMatchObject({ type: "cancelled", content: "t0t1t2t3t4" });
  });

  it("reaches the tools that run; those that wait do not begin", async () => {
    const stop = new AbortController();
    const execute = vi.fn(
      (_: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const calls = Array.from({ length: 6 }, (_, at) => call(at, `c${at}`, "echo", '{"text":"a"}'));
    const log = TestLog.begun();
    const running = runAgent(
      log.input(new FakeModel([calls, finish("stop")]), { tools: [{ ...echo, execute }], signal: stop.signal }),
    );
    await new Promise(setImmediate);
    stop.abort();
    await running;
    expect(execute).toHaveBeenCalledTimes(4);
    expect(results(log).map(({ outcome }) => outcome)).toEqual(Array(6).fill("cancelled"));
    expect(last(log).type).toBe("cancelled");
  });

  it("that comes while a tool_start is stored keeps the tool from beginning", async () => {
    const stop = new AbortController();
    const execute = vi.fn(echo.execute);
    const log = TestLog.begun();
    await runAgent(
      log.input(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")]), {
        tools: [{ ...echo, execute }],
        signal: stop.signal,
        emit: (event) => {
          log.add(event, RUN_ID);
          if (event.type === "tool_start") stop.abort();
        },
      }),
    );
    expect(execute).not.toHaveBeenCalled();
    expect(results(log)).toMatchObject([{ outcome: "cancelled" }]);
  });

  it("waits a moment for a tool that does not end, no longer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const stop = new AbortController();
      const log = TestLog.begun();
      const tool: Tool = { ...echo, execute: () => new Promise(() => {}) } as Tool;
      const running = runAgent(
        log.input(new FakeModel([call(0, "c1", "echo", '{"text":"a"}'), finish("stop")]), {
          tools: [tool],
          signal: stop.signal,
        }),
      );
      await new Promise(setImmediate);
      stop.abort();
      await new Promise(setImmediate);
      expect(log.types().at(-1)).toBe("tool_start");
      vi.advanceTimersByTime(3000);
      await running;
      expect(results(log)).toMatchObject([{ outcome: "cancelled" }]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("faults of its surroundings", () => {
  it("a lost emit ends the run without a word and without throwing", async () => {
    const log = TestLog.begun();
    const model = new FakeModel([text("a"), text("b"), finish("stop")]);
    const emit = async (event: EmittedEvent): Promise<void> => {
      if (event.type === "text_delta") throw new Error("term lost");
      log.add(event, RUN_ID);
    };
    await runAgent(log.input(model, { emit }));
    expect(log.types()).toEqual(["step"]);
  });

  it.each([
    [
      "steered",
      {
        steered: () => {
          throw new Error("x");
        },
      },
    ],
    [
      "ids",
      {
        ids: () => {
          throw new Error("x");
        },
      },
    ],
    [
      "clock",
      {
        clock: {
          now: () => {
            throw new Error("x");
          },
        },
      },
    ],
    ["run_id", { run_id: "other" }],
  ])("a %s that fails is an error of the run", async (_, change) => {
    const log = await run(new FakeModel([text("a"), call(0, "c", "echo", '{"text":"a"}'), finish("stop")]), {
      tools: [echo],
      ...change,
    });
    expect(last(log)).toMatchObject({ type: "error", code: "internal" });
    expect(openTurn(log.view)).toBeNull();
  });
});
