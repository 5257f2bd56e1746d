import type { Usage } from "@millrace/protocol";
import { planCompact } from "./compact-plan.ts";
import { summarise } from "./compact-summary.ts";
import { transcript } from "./compact-transcript.ts";
import { requestAsked, SHARE, worthOf } from "./context-share.ts";
import { ContextSize } from "./context-size.ts";
import type { RunAgentInput } from "./input.ts";
import { type ModelMessage, type PlacedMessage, PRUNED, summaryMessage, tokensUntil, toolMessage } from "./messages.ts";
import type { ModelPort, ModelTool } from "./model-port.ts";
import { planPrune } from "./prune.ts";
import { loadGptTokens } from "./tokens.ts";

interface SubAgentContextOptions {
  readonly task: string;
  readonly system: string | undefined;
  readonly tools: readonly ModelTool[];
  readonly model: ModelPort;
  readonly token_limit: number;
  readonly input: Pick<RunAgentInput, "compaction" | "tokens">;
  readonly signal: AbortSignal;
  /** What a summary has used. */
  readonly spent: (usage: Usage) => void;
}

/**
 * What a sub-agent reads: kept below the limit of its model as a run's conversation is, but in memory, since the log
 * holds nothing of it.
 */
export class SubAgentContext {
  readonly #options: SubAgentContextOptions;
  readonly #size: ContextSize;
  #placed: readonly PlacedMessage[] = [];
  #seq = 0;

  constructor(options: SubAgentContextOptions) {
    const { system = "", tools, input, task } = options;
    this.#options = options;
    this.#size = new ContextSize(system + JSON.stringify(tools), input.tokens ?? loadGptTokens);
    this.push({ role: "user", content: task });
  }

  get messages(): readonly ModelMessage[] {
    return this.#placed.map(({ message }) => message);
  }

  /** @param usage of the model call that gave this answer */
  push(message: ModelMessage, usage: Usage | null = null): void {
    this.#seq += 1;
    const counted = usage === null ? null : tokensUntil(usage);
    this.#placed = [...this.#placed, { message, seq: this.#seq, counted, summary: false }];
  }

  /** Before a model call: shortens what is near the limit. */
  async fit(): Promise<void> {
    const { token_limit, input } = this.#options;
    const full = token_limit * (input.compaction?.share ?? SHARE.full);
    if (this.#tokens < full * SHARE.far) return;
    await this.#size.refine(this.#placed);
    if (this.#tokens < full) return;
    this.#prune(token_limit);
    if (this.#tokens >= full && this.#size.fixed < full) await this.#compact(token_limit, false);
  }

  /** Makes a conversation shorter that its endpoint refused for its length. @returns whether it did */
  async shorten(): Promise<boolean> {
    await this.#size.refine(this.#placed);
    return this.#compact(Math.min(this.#options.token_limit, this.#tokens * SHARE.full), true);
  }

  get #tokens(): number {
    return this.#size.total(this.#placed);
  }

  #prune(limit: number): void {
    const prune = planPrune(this.#size.sized(this.#placed), { keep: limit * SHARE.outputs, worth: worthOf(limit) });
    if (prune === null) return;
    const ids = new Set(prune.tool_call_ids);
    this.#placed = this.#placed.map((placed): PlacedMessage => {
      const { message, counted } = placed;
      // What was counted is more than is left: it only counts less from here on.
      if (counted !== null) return { ...placed, counted: Math.max(0, counted - prune.estimated_tokens_saved) };
      if (message.role !== "tool" || !ids.has(message.tool_call_id)) return placed;
      return { ...placed, message: toolMessage(message.tool_call_id, PRUNED) };
    });
  }

  async #compact(limit: number, refused: boolean): Promise<boolean> {
    const { input, model, task, signal, spent } = this.#options;
    const sized = this.#size.sized(this.#placed);
    const plan = planCompact(sized, {
      run_start: 0,
      end: Number.MAX_SAFE_INTEGER,
      tail: limit * (input.compaction?.keep ?? SHARE.tail),
      whole: limit * SHARE.whole,
      worth: worthOf(limit),
      refused,
    });
    if (plan === null || signal.aborted) return false;
    const summary = await summarise(model, transcript(sized.slice(0, plan.covered), limit * SHARE.summarised), signal);
    if (summary === null || signal.aborted) return false;
    if (summary.usage !== null) spent(summary.usage);
    const message = summaryMessage(summary.content + requestAsked(task));
    const rest = this.#placed.slice(plan.covered).map((placed) => ({ ...placed, counted: null }));
    this.#placed = [{ message, seq: 0, counted: null, summary: true }, ...rest];
    return true;
  }
}
