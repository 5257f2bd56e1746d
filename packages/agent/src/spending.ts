import { addUsage, NO_USAGE, type ToolItem, type Turn, type Usage } from "@millrace/protocol";
import { costOf, type Price } from "./price.ts";

/** What one call's model calls have used. `cost` where it is not reckoned by the price of the run's own model. */
export interface Spent {
  readonly usage?: Usage;
  readonly steps?: number;
  readonly cost?: number;
}

/** What a run has used, and what that has cost. */
export class Spending {
  readonly #price: Price | null;
  #usage: Usage;
  /** By how much the cost differs from that of all at the run's own price; null: nothing had another price. */
  #apart: number | null = null;

  /** @param turn with what an earlier process has spent */
  constructor(price: Price | undefined, turn: Turn) {
    this.#price = price ?? null;
    this.#usage = turn.usage;
    for (const item of turn.items) {
      if (item.kind === "tool" && item.usage !== null && item.cost !== null) this.#setApart(item.usage, item.cost);
    }
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** Of all whose price is known; null where none is. */
  get cost(): number | null {
    if (this.#price === null) return this.#apart;
    return costOf(this.#price, this.#usage) + (this.#apart ?? 0);
  }

  /** @param cost where it is not that of the run's own model */
  add(usage: Usage, cost?: number): void {
    this.#usage = addUsage(this.#usage, usage);
    if (cost !== undefined) this.#setApart(usage, cost);
  }

  #setApart(usage: Usage, cost: number): void {
    const own = this.#price === null ? 0 : costOf(this.#price, usage);
    this.#apart = (this.#apart ?? 0) + cost - own;
  }
}

/** Sum of what two have spent. */
export function addSpent(a: Spent, b: Spent): Spent {
  const usage = a.usage === undefined ? b.usage : addUsage(a.usage, b.usage ?? NO_USAGE);
  const cost = a.cost === undefined && b.cost === undefined ? undefined : (a.cost ?? 0) + (b.cost ?? 0);
  const steps = a.steps === undefined && b.steps === undefined ? undefined : (a.steps ?? 0) + (b.steps ?? 0);
  return {
    ...(usage !== undefined && { usage }),
    ...(steps !== undefined && { steps }),
    ...(cost !== undefined && { cost }),
  };
}

/** What the sub-agents of a call without a result have spent, as far as the log tells: up to the last calls they made. */
export function spentWithin({ items }: Turn, { tool_call_id }: Pick<ToolItem, "tool_call_id">): Spent {
  let spent: Spent = {};
  for (const item of items) {
    if (item.kind !== "tool" || item.parent_tool_call_id !== tool_call_id || item.model_usage === null) continue;
    const cost = item.model_cost === null ? {} : { cost: item.model_cost };
    spent = addSpent(spent, { usage: item.model_usage, steps: 1, ...cost });
  }
  return spent;
}
