/**
 * Text whose tokens are numbered, so that what is lost, repeated or swapped shows. `plain` tokens are `0a3 `: four
 * characters, as long as a usual token; `stamped` ones also carry the moment they were sent: `0a3f00d `.
 */
export type TokenKind = "plain" | "stamped";

const BASE = 36;
const NUMBER = 3;
const STAMP = 4;

/** Stamps count tenths of a millisecond and begin anew after this many: about 168 s. */
const STAMPS = BASE ** STAMP;

const width = { plain: NUMBER + 1, stamped: NUMBER + STAMP + 1 } as const;

/** Tenths of a millisecond on a clock that all processes of a machine share. */
export function stampNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return Math.floor(seconds * 10_000 + nanoseconds / 100_000) % STAMPS;
}

export function tokenText(number: number, stamp: number | null): string {
  const head = number.toString(BASE).padStart(NUMBER, "0");
  return stamp === null ? `${head} ` : `${head}${stamp.toString(BASE).padStart(STAMP, "0")} `;
}

/** Latency of each token in a piece of a stamped text that holds whole tokens, in milliseconds. */
export function latencyOf(piece: string): number[] {
  const now = stampNow();
  return (piece.match(/[0-9a-z]{7} /g) ?? []).map((token) => {
    const sent = Number.parseInt(token.slice(NUMBER, NUMBER + STAMP), BASE);
    return ((now - sent + STAMPS) % STAMPS) / 10;
  });
}

/** Checks one stream's text as it comes: every token once and in order. */
export class TokenReader {
  /** Tokens seen, all of them in their place. */
  tokens = 0;
  /** What was wrong first; null while nothing is. */
  problem: string | null = null;
  readonly #kind: TokenKind;
  #rest = "";

  constructor(kind: TokenKind) {
    this.#kind = kind;
  }

  /** `latency` hears of each stamped token's way from the model, in milliseconds. */
  read(text: string, latency: (ms: number) => void): void {
    const whole = this.#rest === "" ? text : this.#rest + text;
    const size = width[this.#kind];
    const now = this.#kind === "stamped" ? stampNow() : 0;
    let start = 0;
    for (; start + size <= whole.length; start += size) {
      const number = Number.parseInt(whole.slice(start, start + NUMBER), BASE);
      if (number !== this.tokens || whole.charCodeAt(start + size - 1) !== 32) {
        this.problem ??= `token ${this.tokens} expected, ${JSON.stringify(whole.slice(start, start + size))} came`;
        return;
      }
      this.tokens += 1;
      if (this.#kind === "stamped") {
        const sent = Number.parseInt(whole.slice(start + NUMBER, start + NUMBER + STAMP), BASE);
        latency(((now - sent + STAMPS) % STAMPS) / 10);
      }
    }
    this.#rest = whole.slice(start);
  }

  /** The stream has ended. `expected`: its number of tokens, where it is known. */
  end(expected: number | null): void {
    if (this.#rest !== "") this.problem ??= `a piece of a token came last: ${JSON.stringify(this.#rest)}`;
    if (expected !== null && this.tokens !== expected) this.problem ??= `${this.tokens} of ${expected} tokens came`;
  }
}
