import type { ChunkOf } from "@millrace/client";
import { oneLine } from "./shown-text.ts";

type Question = ChunkOf<"interaction_request">;

/** Keys of the answers that permissions offer; capital A: it is remembered for good. */
const KEYS: Readonly<Record<string, string>> = { allow_once: "a", allow_session: "s", allow_always: "A", deny: "d" };

/** A line for each option; empty where any text is an answer. */
export function legend({ interaction_kind, options, pattern }: Question): string {
  if (options.length === 0) return "";
  const remembered = pattern === undefined ? "" : ` (${oneLine(pattern, 80)})`;
  const lines = options.map((option, index) => {
    const scope = option === "allow_session" || option === "allow_always" ? remembered : "";
    return `\n  [${keyOf(option, index)}] ${oneLine(option, 200).replaceAll("_", " ")}${scope}`;
  });
  return lines.join("") + (interaction_kind === "confirm" ? "" : "\n  [0] something else");
}

function keyOf(option: string, index: number): string {
  return KEYS[option] ?? String(index + 1);
}

/** What a key means: an answer, `type` for an answer of one's own, or nothing. */
export function keyAnswer(question: Question, key: string): { answer: string } | "type" | null {
  const { options, interaction_kind } = question;
  if (key === "0" && interaction_kind !== "confirm" && options.length > 0) return "type";
  const named = options.findIndex((option, index) => keyOf(option, index) === key);
  const numbered = /^[1-9]$/u.test(key) ? options[Number(key) - 1] : undefined;
  const answer = options[named] ?? numbered;
  return answer === undefined ? null : { answer };
}
