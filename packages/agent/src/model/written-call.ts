import type { CallDialect, Offered, ReadCall } from "./call-dialects.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** So much is looked at to tell whether calls follow at all. Code units. */
const BEGINNING = 256;

/** Calls as text, from behind their opening tag on. Every code unit is looked at once. */
export class WrittenCall {
  /** Code units so far. */
  length = 0;
  readonly #dialect: CallDialect;
  readonly #close: string;
  readonly #parts: string[] = [];
  /** Whether what is between quotes is hidden; null until something came that tells. */
  #json: boolean | null = null;
  #inString = false;
  #escaped = false;
  /** Code units of the closing tag that the text ends with. */
  #matched = 0;

  constructor(dialect: CallDialect) {
    this.#dialect = dialect;
    this.#close = dialect.close ?? "";
  }

  /** Takes text until the closing tag, which counts only outside of JSON strings. @returns what is behind it, or null */
  push(text: string): string | null {
    if (this.#close === "") {
      this.#take(text);
      return null;
    }
    for (let at = 0; at < text.length; at += 1) {
      this.#look(text.charCodeAt(at));
      if (this.#matched < this.#close.length) continue;
      this.#take(text.slice(0, at + 1));
      return text.slice(at + 1);
    }
    this.#take(text);
    return null;
  }

  /** Whether it can still be a call with this text behind it. */
  mayGoOn(text: string): boolean {
    if (this.length >= BEGINNING) return true;
    return this.#dialect.begins.test((this.body + text.slice(0, BEGINNING)).slice(0, BEGINNING));
  }

  get open(): string {
    return this.#dialect.open;
  }

  /** All that is behind the opening tag, as it was written. */
  get body(): string {
    return this.#parts.join("");
  }

  /** The calls, where all are of tools that were offered; the closing tag may be missing. */
  read(offered: Offered): readonly ReadCall[] {
    const whole = this.body;
    const calls = this.#dialect.read(whole.slice(0, whole.length - this.#matched), offered);
    return calls.every(({ name }) => offered.has(name)) ? calls : [];
  }

  #take(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }

  #look(unit: number): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (unit === BACKSLASH) this.#escaped = true;
      else if (unit === QUOTE) this.#inString = false;
      return;
    }
    if (this.#json === null && unit > 0x20) this.#json = unit === 0x7b || unit === 0x5b;
    this.#inString = this.#json === true && unit === QUOTE;
    if (unit === this.#close.charCodeAt(this.#matched)) this.#matched += 1;
    else this.#matched = unit === this.#close.charCodeAt(0) ? 1 : 0;
  }
}
