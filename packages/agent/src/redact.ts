/** Takes secrets out of a text. A text without any comes back as it is. */
export type Redact = (text: string) => string;

/**
 * What goes beside the known values.
 * - `nothing`: for text that must otherwise stay word for word
 * - `keys`: what looks like a key, wherever it stands
 * - `named`: also what stands behind `password=`, `token:` and the like, and keys cut short: for what another program
 *   says of itself. What people and models write it would take apart.
 */
export type Looks = "nothing" | "keys" | "named";

const REDACTED = "[redacted]";

/** Shorter values would be found everywhere, and guessed anyway. */
const SHORTEST = 6;

const KEYS = [
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}/,
  /\b(?:gsk_|xai-)[A-Za-z0-9]{30,}/,
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
const NAMED =
  /((?:authorization|token|secret|password|passwd|api[_-]?key|cookie)["']?\s*[:=]\s*["']?(?:bearer\s+|basic\s+)?)(?!\[redacted\])[^\s"',;&]+/gi;
const BEARER = /\b(bearer\s+)(?!\[redacted\])[^\s"',;]{6,}/gi;
/** As an endpoint repeats it: `sk-abc***xyz1`. A word without a digit or a star is a word. */
const CUT_SHORT = /\b(?:sk|pk|rk|gsk|xai|hf|key|ghp|gho)[-_](?=[\w*-]{0,200}[\d*])[\w*-]{6,}/gi;

/**
 * The one redactor of everything that is written down, shown or sent on.
 * @param known values that are secret; those of fewer than 6 characters are left alone
 */
export function redactor(known: Iterable<string>, looks: Looks = "keys"): Redact {
  const literals = forms(known).map(literal);
  const secrets = [...literals, ...(looks === "nothing" ? [] : KEYS.map(({ source }) => source))].join("|");
  const all = secrets === "" ? null : new RegExp(secrets, "g");
  return (text) => {
    const unknown = all === null ? text : text.replace(all, REDACTED);
    if (looks === "nothing") return unknown;
    const announced = unknown.replace(ANNOUNCED, `$1${REDACTED}`);
    if (looks === "keys") return announced;
    return announced.replace(NAMED, `$1${REDACTED}`).replace(BEARER, `$1${REDACTED}`).replace(CUT_SHORT, REDACTED);
  };
}

/** Takes known values out of a text that comes piece by piece. */
export interface RedactedStream {
  /** @returns what can be shown: the beginning of a known value is kept back until it is clear what it is */
  push(piece: string): string;
  /** @returns what was kept back */
  end(): string;
}

/** Like {@link redactor} where nothing but the known values goes, wherever the text is cut. */
export function redactedStream(known: Iterable<string>): RedactedStream {
  const values = forms(known);
  const redact = redactor(known, "nothing");
  let kept = "";
  return {
    push: (piece) => {
      const text = redact(kept + piece);
      const from = text.length - longestBeginning(text, values);
      kept = text.slice(from);
      return text.slice(0, from);
    },
    end: () => {
      const rest = kept;
      kept = "";
      return rest;
    },
  };
}

/** Length of the longest end of the text that one of the values begins with. */
function longestBeginning(text: string, values: readonly string[]): number {
  let longest = 0;
  for (const value of values) {
    for (let length = Math.min(value.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(value.slice(0, length))) longest = length;
    }
  }
  return longest;
}

/** The values as they are, and as they stand inside JSON, an address and Base64; the longest first. */
function forms(known: Iterable<string>): string[] {
  const values = new Set<string>();
  for (const value of known) {
    if (value.length < SHORTEST) continue;
    values.add(value);
    values.add(JSON.stringify(value).slice(1, -1));
    values.add(encodeURIComponent(value.toWellFormed()));
    values.add(base64(value));
  }
  return [...values].sort((a, b) => b.length - a.length);
}

/** Without padding, which may stand behind it or not. */
function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/=+$/, "");
}

function literal(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
