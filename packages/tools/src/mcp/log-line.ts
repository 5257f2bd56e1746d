import { type Redact, redactor } from "@millrace/agent";
import { cleanLine } from "./clean-text.ts";

const LINE = 1_000;

/** Makes foreign text fit for a log: one line, bounded, without the given secrets and what looks like one. */
export function logLine(secrets: readonly string[]): Redact {
  const redact = redactor(secrets, "named");
  // Secrets go before the cut: a half of one must not stay.
  return (text) => cleanLine(redact(text.slice(0, LINE * 8)), LINE);
}
