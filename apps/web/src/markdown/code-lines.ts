import { copy } from "./blocks.ts";

/** Lines drawn together. */
export const PART = 24;

/** Things in parts of `PART`, where a full part is the same object in every later list. */
export type Parts<T> = readonly (readonly T[])[];

/** A block of code cut into lines. */
export interface CodeLines {
  readonly code: string;
  /** The lines that have ended. */
  readonly parts: Parts<string>;
  /** The line after them. */
  readonly last: string;
  /** Another number where the text is not the one before with more at its end. */
  readonly generation: number;
}

export const NO_LINES: CodeLines = { code: "", parts: [], last: "", generation: 0 };

/** The lines of `code`; what `previous` has of them stays as it is. */
export function cutLines(previous: CodeLines, code: string): CodeLines {
  if (code === previous.code) return previous;
  const grown = code.startsWith(previous.code) ? previous : { ...NO_LINES, generation: previous.generation + 1 };
  const lines = copy(grown.last + code.slice(grown.code.length)).split("\n");
  const last = lines.pop()!;
  return { code, parts: withMore(grown.parts, lines), last, generation: grown.generation };
}

export function countOf(parts: Parts<unknown>): number {
  return parts.length === 0 ? 0 : (parts.length - 1) * PART + parts.at(-1)!.length;
}

/** Parts with more at their end. */
export function withMore<T>(parts: Parts<T>, more: readonly T[]): Parts<T> {
  if (more.length === 0) return parts;
  const open = parts.at(-1);
  const grows = open !== undefined && open.length < PART;
  const all = grows ? [...open, ...more] : more;
  const added = Array.from({ length: Math.ceil(all.length / PART) }, (_, index) =>
    all.slice(index * PART, (index + 1) * PART),
  );
  return [...(grows ? parts.slice(0, -1) : parts), ...added];
}

/** What comes after the first `from`, `most` at most. */
export function after<T>(parts: Parts<T>, from: number, most: number): readonly T[] {
  return parts
    .slice(Math.floor(from / PART), Math.ceil((from + most) / PART))
    .flat()
    .slice(from % PART, (from % PART) + most);
}
