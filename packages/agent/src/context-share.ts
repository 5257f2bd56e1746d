import { cutText } from "./cut-text.ts";

/** Parts of the limit of tokens. */
export const SHARE = {
  /** From here on a conversation is shortened. */
  full: 0.8,
  /** Below this part of it, tokens are only estimated. */
  far: 0.5,
  outputs: 0.2,
  tail: 0.3,
  whole: 0.5,
  /** What a summary is made of. */
  summarised: 0.5,
  worth: 0.05,
} as const;

/** Whatever the limit, less is not worth an event. Tokens. */
const WORTH = 500;

/** Code units of the request of a run that stand word for word with a summary. */
const REQUEST_LENGTH = 3 * 1024;

/** Tokens that must be saved to make it worthwhile. */
export const worthOf = (limit: number): number => Math.max(WORTH, limit * SHARE.worth);

/** What stands with a summary that covers the request itself: not to depend on how well it was written. */
export function requestAsked(words: string): string {
  return words === ""
    ? ""
    : `\n\n[The request that is being worked on, word for word]\n${cutText(words, REQUEST_LENGTH)}`;
}
