import { REASONS, type ReasonKey } from "@millrace/protocol";

const SENTENCES = Object.entries(REASONS) as [ReasonKey, string][];

/** A reason in the reader's language, as far as it is known: only words hang on it, what is not known stays as it is. */
export function reasonWords(reason: string, say: (key: ReasonKey) => string): string {
  return SENTENCES.reduce((text, [key, sentence]) => text.replace(sentence, () => say(key)), reason);
}

/** Whether nothing is special about a call but that nobody has allowed it yet. */
export function isOrdinary(reason: string): boolean {
  return reason === REASONS.no_rule;
}
