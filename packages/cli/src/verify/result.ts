import type { Context } from "./context.ts";
import type { Fault, Verdict } from "./fault.ts";

export interface Result {
  readonly url: string;
  readonly model: string;
  readonly seed: number;
  readonly messages: number;
  readonly sessions: number;
  /** Events that arrived, over all doors. */
  readonly frames: number;
  readonly disconnects: number;
  /** Disconnects by where they were. */
  readonly cuts: Context["counts"]["cuts"];
  readonly took_ms: number;
  readonly faults: readonly Fault[];
  /** What failed runs said: theirs is the model's fault or the settings', not the delivery's. */
  readonly failures: readonly string[];
}

const WORDS: readonly (readonly [words: string, verdict: Verdict])[] = [
  ["lost", "LOST"],
  ["doubled", "DUP"],
  ["gaps", "GAP"],
  ["ghosts", "GHOST"],
  ["conflicts", "CONFLICT"],
  ["run twice", "DUPRUN"],
  ["wrong ends", "ENDS"],
];
/** Faults that are spelled out; the others are counted. */
const SHOWN = 20;

export const isRight = ({ faults }: Result): boolean => faults.length === 0;

/** The lines for people: the first says it all, the others name what is wrong. */
export function resultLines(result: Result, again: string): string[] {
  const { frames, disconnects, seed, took_ms, faults, failures } = result;
  const counts = WORDS.map(([words, verdict]) => `${words} ${count(faults, verdict)}`);
  const through = `${frames.toLocaleString("en")} frames, ${disconnects.toLocaleString("en")} disconnects`;
  const text = count(faults, "TEXT") === 0 ? "text equal" : "text differs";
  return [
    `${through}: ${counts.join(", ")}, ${text}`,
    ...faults.slice(0, SHOWN).map(({ verdict, message }) => `  ${verdict} ${message}`),
    ...(faults.length > SHOWN ? [`  and ${faults.length - SHOWN} more`] : []),
    ...[...new Set(failures)].map((why) => `  a run failed: ${why}`),
    `seed ${seed}, ${(took_ms / 1_000).toFixed(1)} s; the same again: ${again}`,
  ];
}

/** The line for machines. */
export function resultJson({ faults, ...result }: Result): string {
  const counts = Object.fromEntries(
    [...WORDS, ["text", "TEXT"] as const].map(([words, verdict]) => [words.replace(" ", "_"), count(faults, verdict)]),
  );
  return JSON.stringify({ ok: faults.length === 0, ...result, counts, faults });
}

function count(faults: readonly Fault[], verdict: Verdict): number {
  return faults.filter((fault) => fault.verdict === verdict).length;
}
