/** Splits bytes into lines of at most `limit` bytes. */
export class Lines {
  readonly #limit: number;
  readonly #line: (text: string) => void;
  readonly #overflow: () => void;
  #chunks: Buffer[] = [];
  #held = 0;
  #overflowed = false;

  /** @param overflow called once, for the first line that is too long; nothing is read from then on */
  constructor(limit: number, line: (text: string) => void, overflow: () => void) {
    this.#limit = limit;
    this.#line = line;
    this.#overflow = overflow;
  }

  write(bytes: Buffer): void {
    let rest = bytes;
    while (!this.#overflowed) {
      const newline = rest.indexOf(0x0a);
      const piece = newline === -1 ? rest : rest.subarray(0, newline);
      this.#held += piece.length;
      if (this.#held > this.#limit) return this.#give();
      this.#chunks.push(piece);
      if (newline === -1) return;
      this.#end();
      rest = rest.subarray(newline + 1);
    }
  }

  #end(): void {
    const text = Buffer.concat(this.#chunks, this.#held).toString("utf8");
    this.#chunks = [];
    this.#held = 0;
    if (text.trim() !== "") this.#line(text);
  }

  #give(): void {
    this.#overflowed = true;
    this.#chunks = [];
    this.#overflow();
  }
}
