import type { Action } from "../script.ts";

/** The default pace: the mean wait before each piece, in milliseconds; about 40 pieces a second. */
export const NATURAL_PACE_MS = 24;

const PIECE =
  /\p{Script=Han}{1,2}[,。、]?|[^\S\n]*[[\p{L}\p{N}_'’]--\p{Script=Han}]{1,12}[,.]?|\n+|[^\S\n]+|[^\p{L}\p{N}\s]{1,4}|./gsv;
const SENTENCE_END = /[.!?。!?;:\n]$/u;

/** Text in pieces the size of tokens: a word with the blank before it and a comma or stop after it, one or two Han characters, a line end. */
export function tokens(value: string): string[] {
  return value.match(PIECE) ?? [];
}

/**
 * Pieces as actions with waits that vary as a model's do, longer after a sentence, the same for the same text.
 *
 * @param pace mean wait in milliseconds; 0 for none
 */
export function atPace(value: string, pace: number, make: (piece: string) => Action): Action[] {
  const random = randomFrom(value);
  let pause = 1;
  return tokens(value).flatMap((piece) => {
    const wait = pace * pause * (0.55 + 0.8 * random());
    pause = SENTENCE_END.test(piece) ? 1.8 : 1;
    return pace > 0 ? [{ delay_ms: wait }, make(piece)] : [make(piece)];
  });
}

/** A small hash of the text, for ids and seeds that are the same each time. */
export function hash(value: string): number {
  let state = 2166136261;
  for (let at = 0; at < value.length; at += 1) {
    state = Math.imul(state ^ value.charCodeAt(at), 16777619);
  }
  return state >>> 0;
}

/** Numbers in [0, 1), a sequence of its own per seed (mulberry32). */
function randomFrom(seed: string): () => number {
  let state = hash(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
