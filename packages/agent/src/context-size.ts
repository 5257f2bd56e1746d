import type { ModelMessage, PlacedMessage } from "./messages.ts";
import { type CountTokens, type LoadTokenCounter, roughTokens, SAMPLE } from "./tokens.ts";

/** For its role and borders. */
const TOKENS_PER_MESSAGE = 4;

/** Endpoints count between some hundred and 1,600. */
const TOKENS_PER_IMAGE = 1_200;

/** Code units of messages that are counted exactly in one go; what lies beyond is estimated until the next. */
const BUDGET = 2 * SAMPLE;

const counts = new WeakMap<CountTokens, WeakMap<ModelMessage, number>>();

export interface SizedMessage extends PlacedMessage {
  readonly tokens: number;
}

/** Tokens of messages as well as they are known: estimated, and counted where that was worth its time. */
export class ContextSize {
  /** Of the system prompt and the tools, which go with every request. */
  readonly fixed: number;
  readonly #load: LoadTokenCounter;
  #count: CountTokens | null = null;

  constructor(fixed: string, load: LoadTokenCounter) {
    this.fixed = roughTokens(fixed);
    this.#load = load;
  }

  of(message: ModelMessage): number {
    const exact = this.#count === null ? undefined : counted(this.#count, message);
    return exact ?? counted(roughTokens, message) ?? count(roughTokens, message);
  }

  /** Tokens of a request: what its endpoint counted last, and what came since. */
  total(messages: readonly PlacedMessage[]): number {
    const next = uncounted(messages);
    const until = messages[next - 1]?.counted ?? this.fixed;
    return Math.max(0, until + this.#sum(messages.slice(next)));
  }

  /** Each with its own tokens, corrected by what the endpoint counted of all. */
  sized(messages: readonly PlacedMessage[]): SizedMessage[] {
    const ratio = this.#ratio(messages);
    return messages.map((placed) => ({ ...placed, tokens: Math.ceil(this.of(placed.message) * ratio) }));
  }

  /** How many tokens the endpoint counts where this counts one. */
  #ratio(messages: readonly PlacedMessage[]): number {
    const next = uncounted(messages);
    const until = messages[next - 1]?.counted ?? null;
    if (until === null) return 1;
    return Math.min(Math.max(until / (this.fixed + this.#sum(messages.slice(0, next))), 1 / 3), 3);
  }

  /** Counts what the endpoint has not, the latest first, as far as a few milliseconds go. Never rejects. */
  async refine(messages: readonly PlacedMessage[]): Promise<void> {
    this.#count ??= await this.#load().catch(() => null);
    if (this.#count === null) return;
    let budget = BUDGET;
    for (const { message } of messages.slice(uncounted(messages)).reverse()) {
      if (budget <= 0) return;
      if (counted(this.#count, message) !== undefined) continue;
      count(this.#count, message);
      budget -= Math.min(textOf(message).length, SAMPLE);
    }
  }

  #sum(messages: readonly PlacedMessage[]): number {
    return messages.reduce((sum, { message }) => sum + this.of(message), 0);
  }
}

/** Index of the first message that no endpoint has counted. */
const uncounted = (messages: readonly PlacedMessage[]): number =>
  messages.findLastIndex((placed) => placed.counted !== null) + 1;

const counted = (by: CountTokens, message: ModelMessage): number | undefined => counts.get(by)?.get(message);

function count(by: CountTokens, message: ModelMessage): number {
  const known = counts.get(by) ?? new WeakMap<ModelMessage, number>();
  counts.set(by, known);
  const tokens = Math.ceil(by(textOf(message))) + TOKENS_PER_MESSAGE + TOKENS_PER_IMAGE * imagesIn(message);
  known.set(message, tokens);
  return tokens;
}

const imagesIn = (message: ModelMessage): number => (message.role === "user" ? (message.images ?? []).length : 0);

function textOf(message: ModelMessage): string {
  if (message.role !== "assistant") return message.content;
  return message.content + message.tool_calls.map((call) => call.name + call.arguments).join("");
}
