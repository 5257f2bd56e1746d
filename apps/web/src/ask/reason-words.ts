/**
 * Sentences of the gateway that say why it asks, and the message of `ask.why` that says the same in the reader's
 * language. Only words hang on it: a sentence that is not here is shown as it is.
 */
const SENTENCES = [
  ["No rule allows this.", "no_rule"],
  ["It cannot be told for sure what this call would do.", "unsure"],
  ["This file instructs agents or configures what programs run: each change is asked for.", "guarded"],
  ["Without it the command can do all that the server can.", "no_sandbox"],
] as const;
export type ReasonKey = (typeof SENTENCES)[number][1];

/** A reason in the reader's language, as far as it is known. */
export function reasonWords(reason: string, say: (key: ReasonKey) => string): string {
  return SENTENCES.reduce((text, [sentence, key]) => text.replace(sentence, say(key)), reason);
}

/** Whether nothing is special about a call but that nobody has allowed it yet. */
export function isOrdinary(reason: string): boolean {
  return reason === SENTENCES[0][0];
}
