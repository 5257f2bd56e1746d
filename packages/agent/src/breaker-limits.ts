import type { BreakerItem, EmittedEvent } from "@millrace/protocol";
import type { RunState } from "./breaker-state.ts";

/** How far a run may go before it is broken off, or a person says that it may go on. */
export interface RunLimits {
  /** Tokens of the run's steps and sub-agents. */
  readonly token_limit: number;
  /** In the currency of the price. */
  readonly cost_limit: number;
  /** Seconds of work. */
  readonly time_limit: number;
  /** The same call in a row, with the same result. */
  readonly repeated_calls: number;
  /** Calls in a row that had no success. */
  readonly failed_calls: number;
  readonly calls: number;
}

export const RUN_LIMITS: RunLimits = {
  token_limit: 2_000_000,
  cost_limit: Number.POSITIVE_INFINITY,
  time_limit: 1_800,
  repeated_calls: 3,
  failed_calls: 5,
  calls: 200,
};

type BreakerReason = Extract<EmittedEvent, { type: "circuit_breaker" }>["reason"];

/** A limit that was passed. */
export interface Passed {
  readonly reason: BreakerReason;
  /** In plain words. */
  readonly content: string;
  readonly limit: number;
  readonly value: number;
}

/** The first limit that a run has come to, if there is one. */
export function passed(limits: RunLimits, state: RunState): Passed | null {
  for (const limit of Object.keys(MEASURES) as (keyof RunLimits)[]) {
    const { reason, value, content } = MEASURES[limit];
    const measured = value(state);
    if (measured === null || measured < limits[limit]) continue;
    return { reason, content: content(limits[limit], measured, state), limit: limits[limit], value: measured };
  }
  return null;
}

/** The limits after people let a run go on: each time, as much again as the limit was at first, from where it stood. */
export function raisedLimits(
  first: RunLimits,
  continued: readonly Pick<BreakerItem, "reason" | "limit" | "value">[],
): RunLimits {
  let limits = first;
  for (const { reason, limit, value } of continued) {
    const candidates = (Object.keys(MEASURES) as (keyof RunLimits)[]).filter(
      (name) => MEASURES[name].reason === reason,
    );
    // Two limits share a reason: the one that was passed says so by its height.
    const name = candidates.find((candidate) => limits[candidate] === limit) ?? candidates[0];
    if (name !== undefined) limits = { ...limits, [name]: value + first[name] };
  }
  return limits;
}

interface Measure {
  readonly reason: BreakerReason;
  value(state: RunState): number | null;
  content(limit: number, value: number, state: RunState): string;
}

const number = (value: number, digits = 0): string => value.toLocaleString("en", { maximumFractionDigits: digits });

const MEASURES: Readonly<Record<keyof RunLimits, Measure>> = {
  token_limit: {
    reason: "token_limit",
    value: ({ tokens }) => tokens,
    content: (limit, value) => `This run has used ${number(value)} tokens; its limit is ${number(limit)}.`,
  },
  cost_limit: {
    reason: "cost_limit",
    value: ({ cost }) => cost,
    content: (limit, value) => `This run has cost ${number(value, 4)}; its limit is ${number(limit, 4)}.`,
  },
  time_limit: {
    reason: "time_limit",
    value: ({ seconds }) => seconds,
    content: (limit, value) => `This run has worked for ${number(value)} seconds; its limit is ${number(limit)}.`,
  },
  repeated_calls: {
    reason: "loop",
    value: ({ repeated }) => repeated.times,
    content: (_, value, { repeated }) =>
      `The same call of ${JSON.stringify(repeated.tool_name)} was made ${value} times in a row, each time with the same result.`,
  },
  calls: {
    reason: "loop",
    value: ({ calls }) => calls,
    content: (limit, value) => `This run has made ${number(value)} tool calls; its limit is ${number(limit)}.`,
  },
  failed_calls: {
    reason: "tool_failures",
    value: ({ failed }) => failed,
    content: (_, value) => `The last ${number(value)} tool calls had no success.`,
  },
};
