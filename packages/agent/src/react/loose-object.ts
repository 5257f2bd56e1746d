/** Deeper than this nothing is read. */
const DEEPEST = 64;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["True", true],
  ["False", false],
  ["None", null],
  ["undefined", null],
]);

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "\n": "" };

/**
 * Reads an object that is nearly JSON, as models write it: with single quotes, Python's words, raw line ends in
 * strings, commas too many, names without quotes. Null where it is none, or not whole, or followed by something else.
 */
export function readLooseObject(text: string): Record<string, unknown> | null {
  try {
    const reader = new LooseReader(text);
    const value = reader.value(0);
    if (typeof value !== "object" || value === null || Array.isArray(value) || !reader.ended) return null;
    return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Unreadable extends Error {}

class LooseReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#peek() === "";
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new Unreadable();
    const first = this.#peek();
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#list(depth);
    if (first === '"' || first === "'") return this.#string(first);
    return this.#word();
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at += 1;
    while (!this.#closes("}")) {
      const first = this.#peek();
      const key = first === '"' || first === "'" ? this.#string(first) : this.#match(/[\p{L}_$][\p{L}\d_$-]*/uy);
      if (this.#peek() !== ":") throw new Unreadable();
      this.#at += 1;
      entries.push([key, this.value(depth + 1)]);
    }
    // A key may be `__proto__`: assigning would lose it.
    return Object.fromEntries(entries);
  }

  #list(depth: number): unknown[] {
    const values: unknown[] = [];
    this.#at += 1;
    while (!this.#closes("]")) values.push(this.value(depth + 1));
    return values;
  }

  /** Whether the end follows; else the comma before the next member is passed, where one is. */
  #closes(end: string): boolean {
    const opening = this.#text.charAt(this.#at - 1);
    if (this.#peek() === ",") this.#at += 1;
    else if (this.#peek() !== end && opening !== "{" && opening !== "[") throw new Unreadable();
    if (this.#peek() !== end) return false;
    this.#at += 1;
    return true;
  }

  #string(quote: string): string {
    const parts: string[] = [];
    for (;;) {
      this.#at += 1;
      const plain = this.#match(quote === '"' ? /[^"\\]*/y : /[^'\\]*/y);
      parts.push(plain);
      const next = this.#text.charAt(this.#at);
      if (next === quote) {
        this.#at += 1;
        return parts.join("");
      }
      if (next !== "\\") throw new Unreadable();
      this.#at += 1;
      parts.push(this.#escape());
    }
  }

  /** Leaves `at` on the last code unit of the escape. */
  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    if (letter === "") throw new Unreadable();
    if (letter === "u") {
      const code = /^[\da-f]{4}/i.exec(this.#text.slice(this.#at + 1, this.#at + 5))?.[0];
      if (code === undefined) throw new Unreadable();
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    if (Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter]!;
    return /["'\\/]/.test(letter) ? letter : `\\${letter}`;
  }

  #word(): unknown {
    const word = this.#match(/[\w.+-]+/y);
    if (WORDS.has(word)) return WORDS.get(word);
    const number = Number(word);
    if (!/^[+-]?\d/.test(word) || !Number.isFinite(number)) throw new Unreadable();
    return number;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw new Unreadable();
    this.#at += found[0].length;
    return found[0];
  }

  /** The next code unit that is no white space, "" at the end. */
  #peek(): string {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }
}
