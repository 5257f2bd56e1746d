import type { EmittedEvent, Message, StepItem, Turn, Usage } from "@millrace/protocol";
import { Attached } from "./attached.ts";
import { type CompactPlan, planCompact } from "./compact-plan.ts";
import { summarise } from "./compact-summary.ts";
import { transcript } from "./compact-transcript.ts";
import { requestAsked, SHARE, worthOf } from "./context-share.ts";
import { ContextSize } from "./context-size.ts";
import type { RunAgentInput } from "./input.ts";
import { type ModelMessage, type PlacedMessage, placedMessages, summaryMessage, userModelMessage } from "./messages.ts";
import type { ModelTool } from "./model-port.ts";
import type { Outbox } from "./outbox.ts";
import { planPrune } from "./prune.ts";
import { loadGptTokens, roughTokens } from "./tokens.ts";

export interface ContextOptions {
  readonly input: RunAgentInput;
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  readonly tools: readonly ModelTool[];
  /** What a summary has used. */
  readonly spent: (usage: Usage) => void;
}

/** What the model reads: always the fold of the log, kept below the limit by `prune` and `compact` events. */
export class Context {
  readonly #options: ContextOptions;
  readonly #size: ContextSize;
  readonly #attached: Attached;
  #placed: readonly PlacedMessage[] = [];
  #turn: Turn | null = null;
  #messages: readonly ModelMessage[] = [];

  constructor(options: ContextOptions) {
    const { system, tokens } = options.input;
    this.#options = options;
    this.#attached = new Attached(options.input.attachments);
    this.#size = new ContextSize((system ?? "") + JSON.stringify(options.tools), tokens ?? loadGptTokens);
  }

  get messages(): readonly ModelMessage[] {
    return this.#messages;
  }

  /** Size of the next request in tokens, as well as it is known. */
  get tokens(): number {
    const joined = this.#messages.slice(this.#placed.length).reduce((sum, message) => sum + this.#size.of(message), 0);
    return this.#size.total(this.#placed) + joined;
  }

  /** Reads what is in the log by now. */
  async recall(): Promise<void> {
    const { input } = this.#options;
    const view = await input.view();
    this.#turn = view.turns.findLast(({ run_id }) => run_id === input.run_id) ?? null;
    this.#placed = await this.#attached.placed(placedMessages(view));
    this.#messages = this.#placed.map(({ message }) => message);
  }

  /** Takes in a message that the step which is about to begin will name. */
  async join(said: Parameters<typeof userModelMessage>[0]): Promise<void> {
    const message = await this.#attached.message(userModelMessage(said));
    this.#messages = [...this.#messages, message];
  }

  /** Before a step: reads the log, and shortens what the model reads where that comes near the limit. */
  async fit(): Promise<void> {
    await this.recall();
    const { options, compaction } = this.#options.input;
    const { token_limit } = options;
    const full = token_limit * (compaction?.share ?? SHARE.full);
    if (this.tokens < full * SHARE.far) return;
    await this.#size.refine(this.#placed);
    if (this.tokens < full) return;
    await this.#prune(token_limit);
    // Where the system prompt and the tools are too long, no summary helps.
    if (this.tokens >= full && this.#size.fixed < full) await this.#compact(token_limit, null);
  }

  /**
   * Within a step: makes the conversation shorter than it was when its endpoint refused it for its length.
   *
   * @param voided makes what the step has brought void, before the log says what is left out; false: it must not
   * @returns whether it did
   */
  async shorten(voided: () => Promise<boolean>): Promise<boolean> {
    await this.recall();
    await this.#size.refine(this.#placed);
    const { token_limit } = this.#options.input.options;
    return this.#compact(Math.min(token_limit, this.tokens * SHARE.full), voided);
  }

  async #prune(limit: number): Promise<void> {
    const { outbox } = this.#options;
    const prune = planPrune(this.#size.sized(this.#placed), { keep: limit * SHARE.outputs, worth: worthOf(limit) });
    if (prune === null) return;
    await outbox.put(prune);
    await this.recall();
  }

  async #compact(limit: number, voided: (() => Promise<boolean>) | null): Promise<boolean> {
    const { input, outbox, signal, spent } = this.#options;
    if (this.#turn === null || signal.aborted) return false;
    const refused = voided !== null;
    const end = (refused ? openStep(this.#turn).step?.seq : undefined) ?? Number.MAX_SAFE_INTEGER;
    const sized = this.#size.sized(this.#placed.filter(({ seq }) => seq <= end));
    const plan = planCompact(sized, {
      run_start: this.#turn.seq,
      end,
      tail: limit * (input.compaction?.keep ?? SHARE.tail),
      whole: limit * SHARE.whole,
      worth: worthOf(limit),
      refused,
    });
    if (plan === null) return false;
    const covered = sized.slice(0, plan.covered);
    const summary = await summarise(input.model, transcript(covered, limit * SHARE.summarised), signal);
    if (summary === null || signal.aborted || (voided !== null && !(await voided()))) return false;
    const content = summary.content + requestOf(this.#turn, plan);
    const tokens = covered.reduce((sum, message) => sum + message.tokens, 0);
    await outbox.put({
      type: "compact",
      original_messages: sized.length,
      compacted_messages: sized.length - plan.covered + 1,
      estimated_tokens_saved: Math.round(tokens - roughTokens(summaryMessage(content).content)),
      content,
      covers_to: plan.covers_to,
      ...(summary.usage !== null && { usage: summary.usage }),
    });
    if (summary.usage !== null) spent(summary.usage);
    await this.recall();
    return true;
  }
}

const wordsOf = ({ content, attachments }: Message): string =>
  [content, ...attachments.map(({ name }) => `[file ${name}]`)].join("\n").trim();

/** What the open run was asked, where a summary covers it: not to depend on how well that was written. */
function requestOf({ items }: Turn, { covers_to }: CompactPlan): string {
  const asked = items.filter((item) => item.kind === "message" && item.seq <= covers_to);
  return requestAsked(asked.map((item) => (item.kind === "message" ? wordsOf(item.message) : "")).join("\n\n"));
}

/** The open step of a turn, and the `compact` in it, which a `retry` voids and which has to be said again then. */
export function openStep(turn: Turn): { step: StepItem | null; again: EmittedEvent[] } {
  const at = turn.items.findLastIndex((item) => item.kind === "step");
  const compact = turn.items.slice(at + 1).findLast((item) => item.kind === "compact");
  if (at < 0 || compact === undefined) return { step: (turn.items[at] as StepItem | undefined) ?? null, again: [] };
  // What it used was counted when it was said first.
  const { kind: type, seq: _seq, ts: _ts, usage: _usage, ...fields } = compact;
  return { step: turn.items[at] as StepItem, again: [{ type, ...fields }] };
}
