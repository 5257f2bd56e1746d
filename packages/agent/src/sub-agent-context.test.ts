import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { SubAgent } from "./input.ts";
import { PRUNED } from "./messages.ts";
import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "./model-port.ts";
import { runAgent } from "./run-agent.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { call, FakeModel, finish, TestLog, text, USAGE } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const LIMIT = 4_000;

/** An endpoint that takes no more than its limit, and reads as often as it is told before it answers. */
class Reader implements ModelPort {
  readonly id = "reader";
  readonly requests: ModelRequest[] = [];
  summaries = 0;
  refused = 0;
  readonly #reads: number;
  readonly #limit: number;
  readonly #words: string;

  constructor(reads: number, limit: number, words = "") {
    this.#reads = reads;
    this.#limit = limit;
    this.#words = words;
  }

  async *stream(request: ModelRequest): AsyncGenerator<readonly ModelChunk[]> {
    if (request.system?.startsWith("You summarise")) {
      this.summaries += 1;
      yield [text("It read much."), { type: "usage", usage: USAGE }, finish("stop")];
      return;
    }
    const tokens = request.messages.reduce((sum, { content }) => sum + content.length, 0) / 4;
    if (tokens > this.#limit) {
      this.refused += 1;
      throw new ModelError("context_length", "Too long.", { retryable: false });
    }
    this.requests.push(request);
    const done = this.requests.length > this.#reads;
    if (!done && this.#words !== "") yield [text(this.#words)];
    yield done ? [text("found"), finish("stop")] : [call(0, `r${this.requests.length}`, "read", "{}"), finish("stop")];
  }
}

async function delegated(
  reader: Reader,
  sub: Partial<SubAgent>,
  output = 500,
): Promise<{ log: TestLog; tokens: number[] }> {
  const read = defineTool({
    name: "read",
    description: "",
    parameters: z.object({}),
    execute: async () => ({ content: "x".repeat(output * 4) }),
  });
  const run_agent = defineTool({
    name: "run_agent",
    description: "",
    parameters: z.object({}),
    execute: async (_, { delegate }) => ({ content: (await delegate({ task: "Find the word." })).content }),
  });
  const log = TestLog.begun();
  const model = new FakeModel([call(0, "c1", "run_agent", "{}"), finish("stop")], [text("ok"), finish("stop")]);
  const input = log.input(model, {
    tools: [run_agent],
    options: { max_steps: 10, token_limit: 1_000_000 },
    limits: { repeated_calls: 1_000 },
    tokens: async () => (said) => said.length / 4,
    delegates: () => ({ model: reader, tools: [read], max_steps: 60, ...sub }),
  });
  await runAgent(input);
  const tokens = reader.requests.map(
    ({ messages }) => messages.reduce((sum, { content }) => sum + content.length, 0) / 4,
  );
  return { log, tokens };
}

const answered = (log: TestLog) =>
  log.emitted().find((event) => event.type === "tool_result" && event.tool_call_id === "c1");

describe("a sub-agent's conversation", () => {
  it("CTX-2: loses old outputs before it passes the limit of its model", async () => {
    const reader = new Reader(40, LIMIT);
    const { log, tokens } = await delegated(reader, { token_limit: LIMIT });
    expect(answered(log)).toMatchObject({ outcome: "completed", content: "found" });
    expect(Math.max(...tokens)).toBeLessThan(LIMIT);
    expect(reader.refused).toBe(0);
    expect(reader.requests.some(({ messages }) => messages.some(({ content }) => content === PRUNED))).toBe(true);
    expect(reader.requests.flatMap(({ messages }) => invalidMessages(messages))).toEqual([]);
    // Nothing of it is the run's own: no event but those of its call and the calls inside it.
    expect(log.types().filter((type) => type === "compact" || type === "prune")).toEqual([]);
  });

  it("CTX-1: keeps its task word for word when it is summarised; what the summary used is in its call's usage", async () => {
    const reader = new Reader(60, LIMIT, "thinking aloud ".repeat(20));
    const { log } = await delegated(reader, { token_limit: LIMIT, max_steps: 100 }, 60);
    expect(reader.summaries).toBeGreaterThan(0);
    expect(reader.requests.at(-1)?.messages[0]?.content).toContain("It read much.");
    expect(reader.requests.at(-1)?.messages[0]?.content).toContain("Find the word.");
    expect(answered(log)).toMatchObject({ steps: 61, usage: { total_tokens: 15 * reader.summaries } });
    // The calls tell it as it goes, for a server that dies before the result.
    const told = log
      .emitted()
      .map((event) => (event.type === "tool_call" ? (event.model_usage?.total_tokens ?? 0) : 0));
    expect(reader.summaries).toBeGreaterThan(1);
    // The last one may be behind the last call.
    expect(told.reduce((sum, tokens) => sum + tokens)).toBeGreaterThanOrEqual(15 * (reader.summaries - 1));
  });

  it("F57: is made shorter when its endpoint finds it too long, and asked again", async () => {
    const reader = new Reader(8, LIMIT / 2);
    const { log } = await delegated(reader, {}, 400);
    expect(reader.refused).toBeGreaterThan(0);
    expect(answered(log)).toMatchObject({ outcome: "completed", content: "found" });
    expect(reader.requests.flatMap(({ messages }) => invalidMessages(messages))).toEqual([]);
  });
});
