import type { Dialect } from "../load/dialects.ts";
import type { ModelCalls } from "../load/model.ts";
import type { ViewerCalls } from "../load/viewers.ts";
import type { Place } from "../processes/child.ts";
import type { Remote } from "../processes/rpc.ts";
import { SUBJECTS, type Subject, startSubject } from "../servers/subjects.ts";

/** What every measure works with. */
export interface Bench {
  readonly model_url: string;
  readonly model: Remote<ModelCalls>;
  readonly viewers: Remote<ViewerCalls>;
  readonly quick: boolean;
  readonly profile_dir: string | null;
  /** Tells the person at the terminal how it goes. */
  readonly say: (text: string) => void;
}

/** One line of the result: the same quantity of each server. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly values: Readonly<Record<Dialect, number>>;
  /** The other servers divided into Millrace's value make sense. */
  readonly ratios?: boolean;
  readonly goal?: Goal;
  /** True where this shows that the machine was busy with something else. */
  readonly disturbed?: boolean;
}

interface Goal {
  readonly text: string;
  readonly met: boolean;
}

export type Measure = (bench: Bench) => Promise<readonly Row[]>;

/** One value for each server, one server after the other. */
export async function ofEach<T>(work: (name: Dialect) => Promise<T>): Promise<Record<Dialect, T>> {
  const entries: [Dialect, T][] = [];
  for (const name of SUBJECTS) entries.push([name, await work(name)]);
  return Object.fromEntries(entries) as Record<Dialect, T>;
}

/** Starts a server, works with it and stops it. */
export async function withSubject<T>(
  name: Dialect,
  bench: Bench,
  work: (subject: Subject) => Promise<T>,
  place?: Place,
): Promise<T> {
  const subject = await startSubject(name, place === undefined ? bench : { ...bench, place });
  try {
    return await work(subject);
  } finally {
    await bench.viewers.call("close", undefined);
    await subject.stop();
  }
}

/** The value of a quantity that the other servers do not have. */
export function onlyMillrace(value: number): Record<Dialect, number> {
  return { relay: Number.NaN, naive: Number.NaN, millrace: value };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function mapEach<T>(of: Readonly<Record<Dialect, T>>, value: (of: T) => number): Record<Dialect, number> {
  return Object.fromEntries(SUBJECTS.map((name) => [name, value(of[name])])) as Record<Dialect, number>;
}

export function atMost(most: number, unit: string, value: number): Goal {
  return { text: `≤ ${most} ${unit}`, met: value <= most };
}

/** A number that was measured while tokens got lost is worth nothing. @throws Error */
export function assertDelivered(name: Dialect, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${name} did not deliver: ${problems.slice(0, 3).join("; ")}`);
}
