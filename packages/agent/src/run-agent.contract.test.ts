import { type EmittedEvent, isTerminal, openCalls } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Interaction, InteractionAnswer } from "./interact.ts";
import { NO_RESULT, toMessages } from "./messages.ts";
import { type ModelChunk, ModelError, type ModelRequest } from "./model-port.ts";
import type { Permit, PermitRequest } from "./permit.ts";
import { ATTEMPTS, type Failed, failedAt, RECOVERIES } from "./retry.ts";
import { runAgent } from "./run-agent.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { call, FakeModel, type Reply, RUN_ID, TestLog, USAGE } from "./testing/test-log.ts";
import { defineTool, type Tool } from "./tool.ts";

const toolsOf = (executed: string[]): Tool[] => [
  defineTool({
    name: "echo",
    description: "",
    parameters: z.object({ text: z.string().optional() }),
    execute: async ({ text = "" }, { output, tool_call_id }) => {
      executed.push(tool_call_id);
      output(text);
      await new Promise(setImmediate);
      return { content: text };
    },
  }),
  defineTool({
    name: "boom",
    description: "",
    parameters: z.object({}),
    execute: () => {
      throw new Error("boom");
    },
  }),
  ...["risky", "never"].map((name) =>
    defineTool({
      name,
      description: "",
      parameters: z.object({}),
      execute: async (_, { tool_call_id }) => {
        executed.push(tool_call_id);
        return { content: name };
      },
    }),
  ),
  defineTool({
    name: "asks",
    description: "",
    parameters: z.object({}),
    only_asks: true,
    execute: async (_, { ask, output }) => {
      output("?");
      const { answer } = await ask({ kind: "question", content: "?", options: [] });
      const { answer: again } = await ask({ kind: "feedback", content: "And?", options: [] });
      return { content: `${answer} ${again}` };
    },
  }),
  defineTool({
    name: "run_agent",
    description: "",
    parameters: z.object({ text: z.string().optional() }),
    execute: async ({ text = "x" }, { delegate, tool_call_id }) => {
      executed.push(tool_call_id);
      return { content: (await delegate({ task: text })).content };
    },
  }),
];

const permit = ({ tool }: PermitRequest): Permit => {
  if (tool.name === "never") return { decision: "deny", reason: "never" };
  if (tool.name !== "risky") return { decision: "allow" };
  return { decision: "ask", content: "May it?", options: ["allow_once", "allow_session", "deny"], pattern: "risky:*" };
};

const said = fc.oneof(fc.string({ unit: "binary", maxLength: 5 }), fc.constantFrom("\ud83d", "\ude00", "😀"));
const fragment = fc.record(
  {
    type: fc.constant("tool_call" as const),
    index: fc.constantFrom(undefined, 0, 0, 1, 2),
    position: fc.constantFrom(undefined, 0, 1),
    id: fc.constantFrom(undefined, "", "a", "b", "c"),
    name: fc.constantFrom(undefined, "", "echo", "boom", "nope", "risky", "never", "asks", "run_agent"),
    arguments: fc.constantFrom(undefined, "", "{", "}", "{}", '{"text":"😀', '"}', '{"text":"x"}', "[]"),
  },
  { requiredKeys: ["type"] },
);
const chunk: fc.Arbitrary<ModelChunk> = fc.oneof(
  { weight: 4, arbitrary: said.map((text) => ({ type: "text" as const, text })) },
  { weight: 2, arbitrary: said.map((text) => ({ type: "reasoning" as const, text })) },
  { weight: 5, arbitrary: fragment as fc.Arbitrary<ModelChunk> },
  { weight: 1, arbitrary: said.map((text) => ({ type: "refusal" as const, text })) },
  { weight: 2, arbitrary: fc.constant({ type: "usage" as const, usage: USAGE }) },
);
const END: ModelChunk = { type: "finish", reason: "stop" };
/** A whole call, as most endpoints send it. */
const whole = fc
  .tuple(fc.nat(4), fc.constantFrom("echo", "risky", "never", "asks", "run_agent"))
  .map(([index, name]) => call(index, `${name}${index}`, name, "{}"));
const ending: fc.Arbitrary<Reply[number]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom("stop", "tool_calls").map((reason) => ({ type: "finish" as const, reason })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("length", "error", "?").map((reason) => ({ type: "finish" as const, reason })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        code: fc.constantFrom("truncated", "rate_limited", "empty_response", "bad_upstream", "unauthorized"),
        retry_after_ms: fc.constantFrom(null, null, 0, 1000, 61_000),
      })
      .map(
        ({ code, retry_after_ms }) => new ModelError(code, "x", { retryable: code !== "unauthorized", retry_after_ms }),
      ),
  },
  { weight: 1, arbitrary: fc.constant(new TypeError("a bug")) },
  { weight: 1, arbitrary: fc.constant({ type: "usage" as const, usage: USAGE }) },
);
const reply: fc.Arbitrary<Reply> = fc
  .tuple(fc.array(fc.oneof(chunk, whole, fc.array(chunk, { maxLength: 4 })), { maxLength: 6 }), ending)
  .map(([parts, end]) => [...parts, end]);

interface Story {
  readonly replies: readonly Reply[];
  /** The server dies when so many events were stored; then again after as many more. */
  readonly crashes: readonly number[];
  /** A stop comes when so many events were stored. */
  readonly stopAt: number | null;
  readonly slow: boolean;
  /** What people say to one question after another; null: nobody can be asked. */
  readonly words: readonly Word[] | null;
}

/** `later`: the server dies while the question is open; `stop`: somebody stops the run instead of answering. */
type Word = "allow_once" | "allow_session" | "deny" | "expiry" | "later" | "stop";
const WORDS: readonly Word[] = ["allow_once", "allow_once", "allow_session", "deny", "expiry", "later", "stop"];

const story: fc.Arbitrary<Story> = fc.record({
  replies: fc.array(reply, { minLength: 1, maxLength: 6 }),
  crashes: fc.array(fc.nat(12), { maxLength: 8 }),
  stopAt: fc.option(fc.nat(20)),
  slow: fc.boolean(),
  words: fc.option(fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }), { freq: 5 }),
});

/** Of models that do little else than call tools, so that lives end within calls, questions and sub-agents. */
const busyStory: fc.Arbitrary<Story> = fc.record({
  replies: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.array(whole, { minLength: 1, maxLength: 4 }).map((parts) => [parts, END]) },
      {
        weight: 1,
        arbitrary: fc.constant<Reply>([{ type: "text", text: "ok" }, { type: "usage", usage: USAGE }, END]),
      },
    ),
    { minLength: 1, maxLength: 8 },
  ),
  crashes: fc.array(fc.nat(25), { maxLength: 4 }),
  stopAt: fc.option(fc.nat(60), { freq: 2 }),
  slow: fc.boolean(),
  words: fc.option(fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }), { freq: 5 }),
});

interface Played {
  readonly log: TestLog;
  readonly executed: readonly string[];
  /** All that models were asked, in every life, those of sub-agents too. */
  readonly requests: readonly ModelRequest[];
}

/** Of many denials, deaths with a question open, and stops in its place, in short steps with few calls. */
const answerStory: fc.Arbitrary<Story> = fc.record({
  replies: fc.array(
    fc.array(whole, { minLength: 1, maxLength: 3 }).map((parts) => [...parts, END]),
    { minLength: 1, maxLength: 4 },
  ),
  crashes: fc.array(fc.nat(20), { maxLength: 4 }),
  stopAt: fc.option(fc.nat(40), { freq: 2 }),
  slow: fc.boolean(),
  words: fc.array(fc.constantFrom<Word>("deny", "deny", "expiry", "later", "stop", "allow_once"), {
    minLength: 1,
    maxLength: 6,
  }),
});

async function play({ replies, crashes, stopAt, slow, words }: Story): Promise<Played> {
  const log = TestLog.begun();
  const executed: string[] = [];
  const requests: ModelRequest[] = [];
  let asked = 0;
  let questions = 0;
  const begin = log.events.length;
  for (let life = 0; !log.emitted().some(isTerminal); life += 1) {
    const from = log.events.length;
    const stop = new AbortController();
    const died = Promise.withResolvers<void>();
    let alive = true;
    const halt = (): void => {
      if (stop.signal.aborted) return;
      if (!log.events.some(({ type }) => type === "stop_requested"))
        log.add({ type: "stop_requested", by: "u" }, RUN_ID);
      stop.abort();
    };
    const write = (event: EmittedEvent): void => {
      if (!alive || log.events.length - from >= (crashes[life] ?? Number.POSITIVE_INFINITY)) {
        alive = false;
        throw new Error("the server is gone");
      }
      log.add(event, RUN_ID);
      if (stopAt !== null && log.events.length - begin >= stopAt && !isTerminal(event)) halt();
    };
    const emit = (event: EmittedEvent): void | Promise<void> => {
      write(event);
      return slow ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined;
    };
    const interact = async (request: Interaction, signal: AbortSignal): Promise<InteractionAnswer> => {
      const items = log.view.turns[0]!.items;
      const held = items.find((item) => item.kind === "interaction" && item.request_id === request.request_id);
      if (held?.kind === "interaction" && held.answer !== null) {
        return { answer: String(held.answer.value), comment: null, by: held.answer.by };
      }
      if (held === undefined) {
        write({ type: "interaction_request", ...request, options: [...request.options] });
        await new Promise(setImmediate);
      }
      if (!alive) {
        // Died while it was being asked: nobody of this life hears anything any more.
        died.resolve();
        return new Promise(() => {});
      }
      let word = words?.[questions % words.length] ?? "deny";
      questions += 1;
      // Else the story may have no end.
      if (word === "later" && life > crashes.length + 3) word = "allow_once";
      if (word === "stop") halt();
      signal.throwIfAborted();
      if (word === "later") {
        alive = false;
        died.resolve();
        return new Promise(() => {});
      }
      const by = word === "expiry" ? "expiry" : "ann";
      const allows = word.startsWith("allow");
      const breaker = request.request_id.startsWith("breaker");
      const answer = breaker ? (allows ? "continue" : "end") : allows ? word : "deny";
      write({ type: "user_input_received", request_id: request.request_id, answer, by });
      return { answer, comment: null, by };
    };
    // The next process meets the replies that the ones before it have left.
    const model = new FakeModel(...replies.slice(Math.min(asked, replies.length - 1)));
    const tools = toolsOf(executed);
    const running = runAgent(
      log.input(model, {
        tools,
        emit,
        permit,
        ...(words !== null && { interact }),
        delegates: () => ({ model, tools, max_steps: 3 }),
        options: { max_steps: 6, token_limit: 1 },
        signal: stop.signal,
      }),
    );
    await Promise.race([running, died.promise]);
    asked += model.requests.length;
    requests.push(...model.requests);
  }
  return { log, executed, requests };
}

/** Checks that each retry says how many attempts of its step failed, for which reason, and that they are bounded. */
function checkRetries(events: readonly EmittedEvent[]): void {
  let ofStep: Failed = { endpoint: 0, server: 0 };
  let deaths = 0;
  for (const event of events) {
    if (event.type === "step") ofStep = { endpoint: 0, server: 0 };
    if (event.type !== "retry") continue;
    const died = event.delay_ms === 0;
    if (died) deaths += 1;
    ofStep = died ? { ...ofStep, server: ofStep.server + 1 } : { ...ofStep, endpoint: ofStep.endpoint + 1 };
    expect(failedAt({ kind: "retry", seq: 0, ts: 0, ...event })).toEqual(ofStep);
    expect(event.retry_attempt).toBe(ofStep.endpoint + ofStep.server);
    expect(event.retry_attempt).toBeLessThanOrEqual(event.retry_max_attempts);
    expect(ofStep.server).toBeLessThanOrEqual(RECOVERIES.step);
    expect(ofStep.endpoint).toBeLessThan(ATTEMPTS);
    expect(deaths).toBeLessThanOrEqual(RECOVERIES.run);
  }
}

/** Each call has one answer, which is what the log says became of it. */
function checkAnswers({ log, requests }: Played): void {
  const said = new Map<string, string>();
  for (const event of log.emitted()) if (event.type === "tool_result") said.set(event.tool_call_id, event.content);
  const read = [...requests.map(({ messages }) => messages), toMessages(log.view)];
  for (const messages of read) {
    expect(invalidMessages(messages)).toEqual([]);
    for (const message of messages) {
      if (message.role !== "tool") continue;
      expect(message.content).not.toBe(NO_RESULT);
      expect(message.content).toBe(said.get(message.tool_call_id) || "(no output)");
    }
  }
}

/** Thousands of runs, on a machine that may have other work. Milliseconds. */
const PATIENCE = 60_000;

describe("whatever the model does, whatever people say, wherever the server dies and whenever a stop comes", () => {
  it(
    "R11 RUN-2 RUN-3 RUN-5 RUN-7 TOOL-1 TOOL-2 TOOL-3 TOOL-4 DELTA-1 DELTA-2 DELTA-3 DELTA-4: its log keeps every rule of a run",
    async () => {
      await fc.assert(fc.asyncProperty(story, keepsTheRules), { numRuns: 400 });
    },
    PATIENCE,
  );

  it(
    "R4 F38 TOOL-3 TOOL-8: each call has its own answer, and one only, in everything that a model reads",
    async () => {
      await fc.assert(
        fc.asyncProperty(answerStory, async (told) => checkAnswers(await play(told))),
        { numRuns: 1_000 },
      );
    },
    PATIENCE,
  );

  it(
    "R2 F36 TOOL-6 TOOL-7 TOOL-8 ASK-1 ASK-2 ASK-7 ASK-8: no tool runs twice, none without a person's word",
    async () => {
      await fc.assert(fc.asyncProperty(busyStory, keepsTheRules), { numRuns: 400 });
    },
    PATIENCE,
  );
});

async function keepsTheRules(told: Story): Promise<void> {
  const played = await play(told);
  const { log, executed } = played;
  expect(new Set(executed).size).toBe(executed.length);
  expect(brokenRules(log.events)).toEqual([]);
  const events = log.emitted();
  expect(events.filter(isTerminal)).toHaveLength(1);
  expect(isTerminal(events.at(-1)!)).toBe(true);
  const turn = log.view.turns[0]!;
  expect(openCalls(turn)).toEqual([]);
  const end = events.at(-1)!;
  if ("usage" in end) expect(turn.usage).toEqual(end.usage);

  const ids = events.flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(events.filter(({ type }) => type === "tool_result").length).toBeGreaterThanOrEqual(
    ids.length - voided(events),
  );
  for (const event of events) {
    if (event.type !== "text_delta" && event.type !== "thinking") continue;
    const block = events.filter((other) => "block_id" in other && other.block_id === event.block_id);
    const before = block.slice(0, block.indexOf(event)).map((other) => ("content" in other ? other.content : ""));
    expect(event.offset).toBe(before.join("").length);
  }
  checkAnswers(played);
  checkRetries(events);
  if (told.stopAt === null) {
    const output = events.filter((event) => event.type === "agent_output");
    const lengths = output.map(({ text_length }) => text_length);
    expect(lengths).toEqual(textLengths(events).slice(0, lengths.length));
  }
}

/** Calls that a retry made void, which need no result. */
function voided(events: readonly EmittedEvent[]): number {
  return events.filter(
    ({ type }, at) => type === "tool_call" && events.slice(at).some((later) => later.type === "retry"),
  ).length;
}

/** Code units of text after each `step`. */
function textLengths(events: readonly EmittedEvent[]): number[] {
  const lengths: number[] = [];
  for (const event of events) {
    if (event.type === "step") lengths.push(0);
    if (event.type === "retry") lengths[lengths.length - 1] = 0;
    if (event.type === "text_delta") lengths[lengths.length - 1]! += event.content.length;
  }
  return lengths;
}
