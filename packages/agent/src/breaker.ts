import { allTurns, type BreakerItem, type Usage, type View } from "@millrace/protocol";
import { passed, RUN_LIMITS, type RunLimits, raisedLimits } from "./breaker-limits.ts";
import { idleSince, runState, summariesIn } from "./breaker-state.ts";
import { type End, failure } from "./end.ts";
import type { RunAgentInput } from "./input.ts";
import type { Outbox } from "./outbox.ts";
import type { RunBudget } from "./run-budget.ts";
import type { Spending } from "./spending.ts";

const OPTIONS = ["continue", "end"] as const;

/** A `circuit_breaker` of the run, and what became of its question: `answer` is null while there is none. */
interface Broken {
  readonly request_id: string;
  readonly item: BreakerItem;
  readonly answer: string | null;
}

/** Keeps a run and its sub-agents within the run's limits. All that it knows of answers and raised limits is in the log. */
export class Breaker {
  readonly #input: RunAgentInput;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  /** A limit is asked about once, however many sub-agents come to it. */
  readonly #budget: RunBudget;
  readonly #limits: RunLimits;
  #summaries = 0;
  /** Milliseconds between the last that an earlier process wrote of the run and now: nobody worked on it then. */
  readonly #away: number;

  constructor(input: RunAgentInput, outbox: Outbox, signal: AbortSignal, budget: RunBudget) {
    this.#input = input;
    this.#outbox = outbox;
    this.#signal = signal;
    this.#budget = budget;
    const given = Object.entries(input.limits ?? {}).filter(([, value]) => value !== undefined);
    this.#limits = { ...RUN_LIMITS, ...Object.fromEntries(given) };
    const open = input.history.turns.findLast(({ run_id }) => run_id === input.run_id);
    this.#away = open === undefined ? 0 : idleSince(open, input.clock.now());
  }

  /**
   * To be called before every model call, a sub-agent's too. Where a limit is passed it says so and waits for a person,
   * if one can be asked. Throws only when the outbox is lost, or where asking fails though the run is not stopped.
   *
   * @param spending of the run and its sub-agents until now
   * @returns how the run ends; null: go on, unless the run is stopped
   */
  check(spending: Pick<Spending, "usage" | "cost">): Promise<End | null> {
    return this.#budget.inTurn(() => this.#check(spending), this.#signal);
  }

  /** A summary was made: what it used counts as the run's, but not against its tokens. */
  summaryUsed(usage: Usage): void {
    this.#summaries += usage.total_tokens;
  }

  async #check(spending: Pick<Spending, "usage" | "cost">): Promise<End | null> {
    // One that was not answered when the server died, or that another sub-agent has met.
    const end = await this.#settle();
    if (end !== null || this.#signal.aborted) return end;
    const view = await this.#input.view();
    const turn = view.turns.findLast(({ run_id }) => run_id === this.#input.run_id);
    if (turn === undefined || this.#signal.aborted) return null;
    const limits = raisedLimits(
      this.#limits,
      brokenIn(view, this.#input.run_id).map(({ item }) => item),
    );
    const hit = passed(
      limits,
      runState(turn, {
        now: this.#input.clock.now(),
        usage: spending.usage,
        cost: spending.cost,
        // Those of an earlier process are known from the log; those that a retry voided only here.
        summaries: Math.max(this.#summaries, summariesIn(turn)),
        away: this.#away,
      }),
    );
    if (hit === null) return null;
    await this.#outbox.put({ type: "circuit_breaker", ...hit });
    return this.#settle();
  }

  /** Has the last limit that was passed answered. */
  async #settle(): Promise<End | null> {
    const last = brokenIn(await this.#input.view(), this.#input.run_id).at(-1);
    if (last === undefined || this.#signal.aborted) return null;
    const answer = last.answer ?? (await this.#ask(last));
    if (answer === "continue" || this.#signal.aborted) return null;
    const { reason, content } = last.item;
    return failure(reason, content, "circuit_breaker", false);
  }

  async #ask({ request_id, item }: Broken): Promise<string> {
    const { interact } = this.#input;
    if (interact === undefined) return "end";
    const content = `${item.content} Let it go on for as much again?`;
    const question = { request_id, interaction_kind: "confirm", content, options: OPTIONS } as const;
    try {
      return (await interact(question, this.#signal)).answer;
    } catch (error) {
      if (this.#signal.aborted) return "end";
      throw error;
    }
  }
}

/** Those of a run. Their numbers, and with them the ids of their questions, count through the session. */
function brokenIn(view: View, run_id: string): Broken[] {
  const turns = allTurns(view);
  const items = turns.flatMap((turn) =>
    turn.items.flatMap((item) => (item.kind === "circuit_breaker" ? [{ run_id: turn.run_id, item }] : [])),
  );
  const asked = turns.flatMap((turn) => turn.items.filter((item) => item.kind === "interaction"));
  return items.flatMap((broken, index) => {
    if (broken.run_id !== run_id) return [];
    const request_id = `breaker-${index + 1}`;
    const value = asked.find((question) => question.request_id === request_id)?.answer?.value;
    return [{ request_id, item: broken.item, answer: wordOf(value) }];
  });
}

/** An answer is a word, or a word with a comment. */
function wordOf(value: unknown): string | null {
  if (value === undefined) return null;
  return String(typeof value === "object" && value !== null && "answer" in value ? value.answer : value);
}
