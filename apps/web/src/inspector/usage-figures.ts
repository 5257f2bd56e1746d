import { addUsage, type CompactItem, NO_USAGE, type Turn, type Usage } from "@millrace/protocol";

/** What runs took together. Times are seconds. */
export interface Figures {
  readonly usage: Usage;
  /** What calls used inside of them: sub-agents. Part of `usage`. */
  readonly inside: number;
  /** What summaries used. Part of `usage`. */
  readonly summaries: number;
  /** Null where no run says; the sum of those that do. */
  readonly cost: number | null;
  /** Of the runs that have ended. */
  readonly seconds: number;
  /** Of these, those in which people were waited for. */
  readonly waited: number;
}

export function figuresOf(turns: readonly Turn[]): Figures {
  const costs = turns.flatMap(({ phase }) => (phase.state === "done" && phase.cost !== null ? [phase.cost] : []));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const summaries = sum(turns.flatMap(compactsOf).map(({ usage }) => usage?.total_tokens ?? 0));
  const usage = turns.reduce((total, turn) => addUsage(total, turn.usage), NO_USAGE);
  const steps = sum(
    turns.flatMap(({ items }) =>
      items.map((item) => (item.kind === "step" ? (item.output?.usage?.total_tokens ?? 0) : 0)),
    ),
  );
  return {
    usage,
    inside: Math.max(0, usage.total_tokens - steps - summaries),
    summaries,
    cost: costs.length === 0 ? null : sum(costs),
    seconds: sum(turns.map((turn) => ("ended_at" in turn.phase ? turn.phase.ended_at - turn.started_at : 0) / 1_000)),
    waited: sum(turns.map(waitedIn)),
  };
}

export const compactsOf = (turn: Turn): readonly CompactItem[] => turn.items.filter((item) => item.kind === "compact");

/** Seconds in which a question was open: overlapping ones count once. */
function waitedIn(turn: Turn): number {
  const spans = turn.items
    .flatMap((item) =>
      item.kind === "interaction" && item.answer !== null ? [[item.ts, item.answer.at] as const] : [],
    )
    .toSorted(([one], [other]) => one - other);
  let total = 0;
  let end = 0;
  for (const [from, to] of spans) {
    total += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return total / 1_000;
}

/** A step of the session on the context gauge, or a compaction between two. */
export type ContextPoint =
  | {
      readonly kind: "step";
      readonly run_id: string;
      readonly seq: number;
      readonly tokens: number;
      readonly limit: number;
    }
  | { readonly kind: "compact"; readonly seq: number; readonly saved: number };

export function contextOf(turns: readonly Turn[]): readonly ContextPoint[] {
  return turns.flatMap(({ run_id, items }) =>
    items.flatMap((item): ContextPoint[] => {
      const { seq } = item;
      if (item.kind === "step") return [{ kind: "step", run_id, seq, tokens: item.tokens, limit: item.token_limit }];
      return item.kind === "compact" ? [{ kind: "compact", seq, saved: item.estimated_tokens_saved }] : [];
    }),
  );
}
