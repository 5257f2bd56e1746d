import { type EmittedEvent, openInteractions, openTurn } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { argsDigest } from "./args-digest.ts";
import type { RunAgentInput } from "./input.ts";
import type { Interaction } from "./interact.ts";
import type { Permit, PermitRequest } from "./permit.ts";
import { runAgent } from "./run-agent.ts";
import { person, said } from "./testing/person.ts";
import { call, FakeModel, finish, type Reply, TestLog, text } from "./testing/test-log.ts";
import { defineTool, type ToolContext } from "./tool.ts";

const OPTIONS = ["allow_once", "allow_session", "allow_always", "deny"];
const answer: Reply = [text("ok"), finish("stop")];
const calls = (...args: string[]): Reply => [
  args.map((each, at) => call(at, `c${at + 1}`, "work", each)),
  finish("tool_calls"),
];
const ASK: Permit = { decision: "ask", content: "May it?", options: OPTIONS, pattern: "work:*" };

/** A tool that notes the arguments it ran with. */
function workTool() {
  const execute = vi.fn(async ({ n = 1 }: { n?: number | undefined }) => ({ content: `did ${n}` }));
  const parameters = z.object({ n: z.number().optional() });
  return { execute, tool: defineTool({ name: "work", description: "", parameters, execute }) };
}

async function run(log: TestLog, model: FakeModel, change: Partial<RunAgentInput>): Promise<TestLog> {
  await runAgent(log.input(model, change));
  expect(brokenRules(log.events)).toEqual([]);
  expect(openTurn(log.view)).toBeNull();
  return log;
}

const results = (log: TestLog) => log.emitted().filter((event) => event.type === "tool_result");
const last = (log: TestLog): EmittedEvent => log.emitted().at(-1)!;
/** What a model reads of the results, in order. */
const told = (model: FakeModel): string[] =>
  model.requests.at(-1)!.messages.flatMap((message) => (message.role === "tool" ? [message.content] : []));

describe("a call whose permission is a person's", () => {
  it.each(["allow_once", "allow_session", "allow_always"])("ASK-7: runs after %s, not before", async (word) => {
    const log = TestLog.begun();
    const { tool, execute } = workTool();
    const ann = person(log, () => {
      expect(execute).not.toHaveBeenCalled();
      return said(word);
    });
    await run(log, new FakeModel(calls('{"n":2}'), answer), { tools: [tool], permit: () => ASK, ...ann });
    expect(log.types()).toEqual([
      ...["step", "tool_call_delta", "tool_call", "agent_output", "interaction_request", "user_input_received"],
      ...["tool_start", "tool_result", "step", "text_delta", "agent_output", "done"],
    ]);
    expect(ann.asked).toEqual([
      {
        request_id: "confirm-c1",
        interaction_kind: "confirm",
        content: "May it?",
        options: OPTIONS,
        tool_call_id: "c1",
        args_digest: argsDigest("work", { n: 2 }),
        pattern: "work:*",
      },
    ]);
    expect(execute).toHaveBeenCalledOnce();
  });

  it.each([
    ["deny", said("deny", "use the other folder"), ["ann", "use the other folder"]],
    ["ASK-6: the answer of an expiry", said("deny", null, "expiry"), ["Nobody answered in time"]],
    ["an answer that is none of the options", said("continue"), ["ann"]],
    ["an answer that was not offered", said("allow_always"), ["ann"]],
    ["an empty answer", said(""), ["ann"]],
  ])("TOOL-8 ASK-7: does not run after %s, and the model is told (R4)", async (_, word, words) => {
    const log = TestLog.begun();
    const { tool, execute } = workTool();
    const model = new FakeModel(calls("{}"), answer);
    const permit = (): Permit => ({ ...ASK, options: ["allow_once", "deny"], pattern: null }) as Permit;
    await run(log, model, { tools: [tool], permit, ...person(log, () => word) });
    expect(execute).not.toHaveBeenCalled();
    expect(log.types()).not.toContain("tool_start");
    expect(results(log)).toMatchObject([{ outcome: "denied", success: false }]);
    for (const word of words) expect(told(model)[0]).toContain(word);
    expect(last(log).type).toBe("done");
  });

  it("ASK-8: is denied where nobody can be asked, and says so", async () => {
    const { tool, execute } = workTool();
    const model = new FakeModel(calls("{}"), answer);
    const log = await run(TestLog.begun(), model, { tools: [tool], permit: () => ASK });
    expect(results(log)).toMatchObject([{ outcome: "denied" }]);
    expect(told(model)).toEqual(["It needs a person's permission, and nobody can be asked."]);
    expect(execute).not.toHaveBeenCalled();
  });

  it("TOOL-8: is denied where a rule refuses it: nobody is asked, the model reads the reason", async () => {
    const { tool, execute } = workTool();
    const model = new FakeModel(calls("{}"), answer);
    const log = TestLog.begun();
    const ann = person(log, () => said("allow_once"));
    await run(log, model, { tools: [tool], permit: () => ({ decision: "deny", reason: "Not here." }), ...ann });
    expect(told(model)).toEqual(["Not here."]);
    expect([ann.asked.length, execute.mock.calls.length]).toEqual([0, 0]);
  });

  it("is denied where permit, or asking, fails", async () => {
    const { tool, execute } = workTool();
    const broken = (): never => {
      throw new Error("no rules");
    };
    const model = new FakeModel(calls("{}"), answer);
    await run(TestLog.begun(), model, { tools: [tool], permit: broken });
    expect(told(model)[0]).toContain("no rules");
    const deaf = new FakeModel(calls("{}"), answer);
    const interact = (): Promise<never> => Promise.reject(new Error("no store"));
    await run(TestLog.begun(), deaf, { tools: [tool], permit: () => ASK, interact });
    expect(told(deaf)[0]).toContain("no store");
    expect(execute).not.toHaveBeenCalled();
  });

  it("is not asked about where its arguments do not fit: permit sees what the tool would get", async () => {
    const { tool } = workTool();
    const permit = vi.fn((_: PermitRequest): Permit => ({ decision: "allow" }));
    await run(TestLog.begun(), new FakeModel(calls('{"n":"x"}', '{"n":3,"more":1}'), answer), {
      tools: [tool],
      permit,
    });
    expect(permit.mock.calls).toEqual([[{ tool, args: { n: 3 }, tool_call_id: "c2" }]]);
  });
});

describe("while people are asked (F89)", () => {
  it("the other calls go on, more than four questions stand at a time, and the model reads the results in order", async () => {
    const log = TestLog.begun();
    const { tool } = workTool();
    const gates = new Map<string, PromiseWithResolvers<void>>();
    const ann = person(log, async ({ request_id }) => {
      const gate = Promise.withResolvers<void>();
      gates.set(request_id, gate);
      await gate.promise;
      return said("allow_once");
    });
    const model = new FakeModel(calls(...Array.from({ length: 12 }, (_, at) => `{"n":${at}}`)), answer);
    const permit = ({ args }: PermitRequest): Permit => ((args as { n: number }).n < 6 ? ASK : { decision: "allow" });
    const running = run(log, model, { tools: [tool], permit, ...ann });
    await vi.waitFor(() => expect(results(log)).toHaveLength(6));
    expect(gates.size).toBe(6);
    expect(openInteractions(openTurn(log.view)!)).toHaveLength(6);
    for (const gate of [...gates.values()].toReversed()) gate.resolve();
    await running;
    expect(told(model)).toEqual(Array.from({ length: 12 }, (_, at) => `did ${at}`));
  });

  it("a tool that asks holds no place either, nor more than one when it goes on", async () => {
    const log = TestLog.begun();
    const gate = Promise.withResolvers<void>();
    let [most, now] = [0, 0];
    const execute = async ({ n }: { n: number }, { ask }: ToolContext) => {
      if (n < 6) await ask({ kind: "question", content: "?", options: [] });
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
      return { content: `${n}` };
    };
    const tool = defineTool({ name: "work", description: "", parameters: z.object({ n: z.number() }), execute });
    const ann = person(log, async () => {
      await gate.promise;
      return said("go");
    });
    const model = new FakeModel(calls(...Array.from({ length: 12 }, (_, at) => `{"n":${at}}`)), answer);
    const running = run(log, model, { tools: [tool], ...ann });
    await vi.waitFor(() => expect(results(log)).toHaveLength(6));
    gate.resolve();
    await running;
    expect(most).toBe(4);
    expect(told(model)).toEqual(Array.from({ length: 12 }, (_, at) => `${at}`));
  });

  it("a stop ends the wait: the call is cancelled and never begins, the run is cancelled (F38)", async () => {
    const log = TestLog.begun();
    const { tool, execute } = workTool();
    const stop = new AbortController();
    const model = new FakeModel(calls("{}", "{}"), answer);
    // It never settles, whatever its signal says.
    const interact = async (request: Interaction): Promise<never> => {
      log.add({ type: "interaction_request", ...request, options: [...request.options] }, "run-1");
      return new Promise(() => {});
    };
    const running = run(log, model, { tools: [tool], permit: () => ASK, interact, signal: stop.signal });
    await vi.waitFor(() => expect(log.types().at(-1)).toBe("interaction_request"));
    stop.abort();
    await running;
    expect(results(log).map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
    expect(last(log).type).toBe("cancelled");
    expect(execute).not.toHaveBeenCalled();
  });

  it("an answer that comes after the stop begins nothing", async () => {
    const log = TestLog.begun();
    const { tool, execute } = workTool();
    const stop = new AbortController();
    const ann = person(log, () => {
      stop.abort();
      return said("allow_once");
    });
    await run(log, new FakeModel(calls("{}"), answer), {
      tools: [tool],
      permit: () => ASK,
      signal: stop.signal,
      ...ann,
    });
    expect(execute).not.toHaveBeenCalled();
    expect(results(log)).toMatchObject([{ outcome: "cancelled" }]);
  });
});

describe("a tool that asks", () => {
  const asker = (questions: number) =>
    defineTool({
      name: "work",
      description: "",
      parameters: z.object({}),
      only_asks: true,
      execute: async (_, { ask }) => {
        const got: string[] = [];
        for (let n = 0; n < questions; n += 1) {
          const { answer: word, comment } = await ask({ kind: "feedback", content: `question ${n}`, options: ["a"] });
          got.push(`${word}/${comment}`);
        }
        return { content: got.join(" ") };
      },
    });

  it("ASK-1: gets each answer, under ids that follow from the call", async () => {
    const log = TestLog.begun();
    const ann = person(log, ({ request_id }) => said(`to ${request_id}`, "why not"));
    const model = new FakeModel(calls("{}"), answer);
    await run(log, model, { tools: [asker(2)], ...ann });
    expect(told(model)).toEqual(["to ask-c1-1/why not to ask-c1-2/why not"]);
    expect(ann.asked[0]).toEqual({
      request_id: "ask-c1-1",
      interaction_kind: "feedback",
      content: "question 0",
      options: ["a"],
      tool_call_id: "c1",
    });
  });

  it("ASK-8: fails where nobody can be asked", async () => {
    const model = new FakeModel(calls("{}"), answer);
    const log = await run(TestLog.begun(), model, { tools: [asker(1)] });
    expect(results(log)).toMatchObject([{ outcome: "failed" }]);
    expect(told(model)).toEqual(["Nobody can be asked: the run is not interactive."]);
  });

  it("ASK-6: fails where nobody answered in time", async () => {
    const log = TestLog.begun();
    const model = new FakeModel(calls("{}"), answer);
    await run(log, model, { tools: [asker(1)], ...person(log, () => said("deny", null, "expiry")) });
    expect(told(model)).toEqual(["Nobody answered in time."]);
  });

  it("is cancelled by a stop", async () => {
    const log = TestLog.begun();
    const stop = new AbortController();
    const ann = person(log, () => new Promise(() => {}));
    const running = run(log, new FakeModel(calls("{}")), { tools: [asker(1)], signal: stop.signal, ...ann });
    await vi.waitFor(() => expect(ann.asked).toHaveLength(1));
    stop.abort();
    await running;
    expect(results(log)).toMatchObject([{ outcome: "cancelled" }]);
    expect(last(log).type).toBe("cancelled");
  });

  it("can ask nothing more when its call has ended", async () => {
    const log = TestLog.begun();
    let late: ToolContext["ask"] | null = null;
    const execute = async (_: unknown, { ask }: ToolContext) => {
      late = ask;
      return { content: "" };
    };
    const tool = defineTool({ name: "work", description: "", parameters: z.object({}), execute });
    const ann = person(log, () => said("x"));
    await run(log, new FakeModel(calls("{}"), answer), { tools: [tool], ...ann });
    await expect(late!({ kind: "question", content: "?", options: [] })).rejects.toThrow("The call has ended.");
    expect(ann.asked).toHaveLength(0);
  });
});
