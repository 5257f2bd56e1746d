/** Takes secrets out of a text. A text without any comes back as it is. */
export type Redact = (text: string) => string;

const REDACTED = "[redacted]";

/** Shorter values would be found everywhere, and guessed anyway. */
const SHORTEST = 6;

/** What keys look like. */
const PATTERNS = [
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,}/,
  /\bgithub_pat_[A-Za-z0-9_]{30,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bAIza[A-Za-z0-9_-]{35}/,
  /\bhf_[A-Za-z0-9]{30,}/,
  /\bnpm_[A-Za-z0-9]{36}/,
  /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{5,}/,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*/,
];

/** Secret is what stands behind the first group. */
const ANNOUNCED = /(\b[Bb]earer (?=[\w.~+/=-]{16})|:\/\/[^\s/:@"\\]{0,64}:(?=[^\s/@"\\]{1,256}@))[^\s/@"\\,]+/g;

/** One redactor for everything that is written down: values that are known to be secret, and what looks like a key. */
export function redactor(known: Iterable<string>): Redact {
  const values = new Set<string>();
  for (const value of known) {
    if (value.length < SHORTEST) continue;
    values.add(value);
    // As it stands inside JSON.
    values.add(JSON.stringify(value).slice(1, -1));
  }
  const literals = [...values].sort((a, b) => b.length - a.length).map(literal);
  const secrets = new RegExp([...literals, ...PATTERNS.map(({ source }) => source)].join("|"), "g");
  return (text) => text.replace(secrets, REDACTED).replace(ANNOUNCED, `$1${REDACTED}`);
}

function literal(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
