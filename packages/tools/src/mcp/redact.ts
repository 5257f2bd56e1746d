import { cleanLine } from "./clean-text.ts";

const LINE = 1_000;
const REDACTED = "[redacted]";

/** Shorter values are no secrets, and would be found everywhere. */
const SHORTEST = 6;

const NAMED =
  /((?:authorization|token|secret|password|passwd|api[_-]?key|cookie)["']?\s*[:=]\s*["']?(?:bearer\s+|basic\s+)?)[^\s"',;&]+/giu;
const BEARER = /\b(bearer\s+)[A-Za-z0-9._~+/=-]{6,}/giu;
const KEY = /\b(?:sk|pk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{10,}/gu;

/** Makes foreign text fit for a log: one line, bounded, without the given secrets and what looks like one. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
  return (text) => {
    // Secrets go before the cut: a half of one must not stay.
    let shown = text.slice(0, LINE * 8);
    for (const secret of known) shown = shown.replaceAll(secret, REDACTED);
    shown = shown.replace(NAMED, `$1${REDACTED}`).replace(BEARER, `$1${REDACTED}`).replace(KEY, REDACTED);
    return cleanLine(shown, LINE);
  };
}
