import type { InteractionItem, NewEventOf, Remember, Respond } from "@millrace/protocol";
import { Rejection } from "../rejection.ts";

/** What people say to a question. */
export type Given = Pick<Respond, "answer" | "args_digest" | "remember">;

/** Bytes of UTF-8 in an answer, and in its comment. */
const ANSWER_BYTES = 16 * 1024;

/** The answer that grants what `pattern` names, for each duration. */
const GRANTS: Readonly<Record<Remember, string>> = {
  once: "allow_once",
  session: "allow_session",
  always: "allow_always",
};

/** Whether a call may run after this answer. */
export function allows(answer: string): boolean {
  return Object.values(GRANTS).includes(answer);
}

/** The word of a stored answer. */
export function wordOf(value: unknown): string {
  if (typeof value === "string") return value;
  const held = typeof value === "object" && value !== null && "answer" in value ? value.answer : null;
  return typeof held === "string" ? held : "";
}

/** The comment that came with it. */
export function commentOf(value: unknown): string | null {
  const held = typeof value === "object" && value !== null && "comment" in value ? value.comment : null;
  return typeof held === "string" ? held : null;
}

/** What is stored of an answer that fits its question. @throws Rejection for one that does not */
export function answerTo(
  item: Pick<InteractionItem, "interaction_kind" | "options" | "args_digest">,
  { answer, args_digest, remember }: Given,
): Pick<NewEventOf<"user_input_received">, "answer" | "remember"> {
  if (args_digest !== undefined && args_digest !== item.args_digest) {
    throw new Rejection("args_changed", "These are not the arguments of the request.");
  }
  const value = wellFormed(answer);
  const word = wordOf(value);
  for (const text of [word, commentOf(value) ?? ""]) {
    if (Buffer.byteLength(text) > ANSWER_BYTES) {
      throw new Rejection("bad_request", `answer: must be at most ${ANSWER_BYTES} bytes`);
    }
  }
  if (item.interaction_kind === "confirm" && !item.options.includes(word)) {
    throw new Rejection("bad_request", "answer: must be one of the options");
  }
  const lasts = item.interaction_kind === "confirm" ? durationOf(word, remember) : null;
  if (lasts !== null && lasts !== "once" && !item.options.includes(GRANTS[lasts])) {
    throw new Rejection("bad_request", "remember: is not offered for this request");
  }
  return { answer: value, ...(lasts === null ? {} : { remember: lasts }) };
}

/** For how long an answer allows; null where it allows nothing, or says no more than its word. */
function durationOf(word: string, remember: Remember | undefined): Remember | null {
  if (!allows(word)) return null;
  if (remember !== undefined) return remember;
  return word === GRANTS.session ? "session" : word === GRANTS.always ? "always" : null;
}

function wellFormed(answer: Given["answer"]): Given["answer"] {
  if (typeof answer === "string") return answer.toWellFormed();
  const { answer: word, comment } = answer;
  return { answer: word.toWellFormed(), ...(comment === undefined ? {} : { comment: comment.toWellFormed() }) };
}
