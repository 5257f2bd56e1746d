import type { EmittedEvent, Usage } from "@millrace/protocol";
import { isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { type ModelChunk, ModelError, type ModelMessage, type ModelPort, type ModelRequest } from "./index.ts";
import { runAgent } from "./run-agent.ts";
import { invalidMessages } from "./testing/invalid-messages.ts";
import { RUN_ID, TestLog } from "./testing/test-log.ts";
import { defineTool } from "./tool.ts";

const LIMIT = 8_000;

interface Story {
  /** Tokens of the answer and of the outputs of the calls in each step. */
  readonly steps: readonly { readonly text: number; readonly outputs: readonly number[] }[];
  /** Tokens of the endpoint for one of the agent's. */
  readonly factor: number;
  readonly counts: boolean;
  /** Every n-th summary fails. */
  readonly failing: number;
  /** The server dies when so many events were stored; then again after as many more. */
  readonly crashes: readonly number[];
}

const story: fc.Arbitrary<Story> = fc.record({
  steps: fc.array(
    fc.record({
      text: fc.nat(600),
      outputs: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 4, maxLength: 14 },
  ),
  factor: fc.constantFrom(0.8, 1, 1.3),
  counts: fc.boolean(),
  failing: fc.constantFrom(2, 3, 100),
  crashes: fc.array(fc.integer({ min: 3, max: 40 }), { maxLength: 3 }),
});

const lengthOf = (message: ModelMessage): number =>
  message.content.length +
  (message.role === "assistant" ? message.tool_calls.reduce((sum, call) => sum + call.arguments.length, 0) : 0);

/** An endpoint that refuses what is too long or malformed, and answers as the story says. */
class StrictModel implements ModelPort {
  readonly id = "strict";
  readonly faults: string[] = [];
  readonly #story: Story;
  /** Answers that are in the log. */
  readonly #answered: () => number;
  #summaries = 0;
  #calls = 0;

  constructor(told: Story, answered: () => number) {
    this.#story = told;
    this.#answered = answered;
  }

  async *stream(request: ModelRequest): AsyncGenerator<readonly ModelChunk[]> {
    const { factor, counts, failing, steps } = this.#story;
    this.faults.push(...invalidMessages(request.messages));
    const input = request.messages.reduce((sum, message) => sum + lengthOf(message), 0);
    const input_tokens = Math.round((input / 4) * factor);
    if (input_tokens > LIMIT) throw new ModelError("context_length", "Too long.", { retryable: false });
    const usage: Usage = { input_tokens, output_tokens: 0, total_tokens: input_tokens };
    if (request.system?.startsWith("You summarise")) {
      this.#summaries += 1;
      if (this.#summaries % failing === 0) throw new ModelError("upstream_error", "no", { retryable: true });
      yield [
        { type: "text", text: "What was done." },
        { type: "finish", reason: "stop" },
      ];
      return;
    }
    const step = steps[this.#answered()];
    yield [{ type: "text", text: "t".repeat((step?.text ?? 1) * 4) }];
    for (const [index, tokens] of (step?.outputs ?? []).entries()) {
      this.#calls += 1;
      const args = JSON.stringify({ tokens, n: this.#calls });
      yield [{ type: "tool_call", index, id: `c${this.#calls}`, name: "read", arguments: args }];
    }
    yield [{ type: "finish", reason: step === undefined ? "stop" : "tool_calls" }];
    if (counts) yield [{ type: "usage", usage }];
  }
}

const read = defineTool({
  name: "read",
  description: "",
  parameters: z.object({ tokens: z.number(), n: z.number() }),
  execute: async ({ tokens }) => ({ content: "x".repeat(tokens * 4) }),
});

it("CTX-1 CTX-2 CTX-3: whatever is said and printed, a strict endpoint takes every request, and the run ends well", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const log = TestLog.begun();
      const answered = (): number => log.events.filter(({ type }) => type === "agent_output").length;
      for (const crash of [...told.crashes, Number.POSITIVE_INFINITY]) {
        if (log.emitted().some(isTerminal)) break;
        const from = log.events.length;
        const emit = (event: EmittedEvent): void => {
          if (log.events.length - from >= crash) throw new Error("the server is gone");
          log.add(event, RUN_ID);
        };
        const model = new StrictModel(told, answered);
        const options = { max_steps: 50, token_limit: LIMIT };
        const tokens = async () => (said: string) => said.length / 4;
        const limits = { failed_calls: 100 };
        await runAgent(log.input(model, { tools: [read], options, emit, tokens, limits }));
        expect(model.faults).toEqual([]);
      }
      expect(brokenRules(log.events)).toEqual([]);
      const end = log.emitted().at(-1);
      // Without a summary a conversation that is refused cannot go on.
      if (told.failing < 100 && end?.type === "error") expect(end.code).toBe("context_length");
      else expect(end?.type).toBe("done");
    }),
    { numRuns: 60 },
  );
});
