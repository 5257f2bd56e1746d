import { type Action, floodText } from "../script.ts";
import type { Turn } from "./turn.ts";

const ASKS = /^Write the numbers from 1 to (\d{1,5}) as ⟦000001⟧/u;
/** How long the demo takes for one number, in milliseconds. */
export const NUMBERS_PACE_MS = 8;
const CLOCK = "current_time";

/**
 * A message that a language model can follow too, and that the demo answers with exactly `numbersText(count)`.
 *
 * @param note tells two such messages apart
 */
export function numbersMessage(count: number, note: string): string {
  return `Write the numbers from 1 to ${count} as ⟦000001⟧⟦000002⟧ and so on, and nothing else. (${note})`;
}

/** Numbered text with a character outside the BMP in every tenth place, where wrong offsets show. */
export function numbersText(count: number): string {
  return Array.from({ length: count }, (_, at) => numbered(at + 1)).join("");
}

/**
 * Text for those who check that all of it arrives: some reasoning, a call of the clock where there is one, then the
 * numbers, one a chunk. Undefined for every other message.
 */
export function numbers(turn: Turn, pace: number): Action[] | undefined {
  const [, asked] = ASKS.exec(turn.text) ?? [];
  if (asked === undefined) return undefined;
  const count = Number(asked);
  const wait: Action[] = pace > 0 ? [{ delay_ms: NUMBERS_PACE_MS }] : [];
  if (turn.exchanges.length === 0) {
    const thought = Array.from({ length: 10 }, (_, at) => [...wait, { reasoning: numbered(at + 1) }]).flat();
    if (!turn.tools.has(CLOCK)) return [...thought, ...text(count, wait)];
    return [...thought, { tool_call: { id: `call_${count}`, name: CLOCK, arguments: {}, fragments: 2 } }];
  }
  return text(count, wait);
}

function text(count: number, wait: readonly Action[]): Action[] {
  return Array.from({ length: count }, (_, at) => [...wait, { text: numbered(at + 1) }]).flat();
}

function numbered(number: number): string {
  return `${floodText({ from: number, count: 1 })}${number % 10 === 0 ? "🌊" : ""}`;
}
