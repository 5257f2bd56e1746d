/** What is kept of an output that has no end: its first part and its last. UTF-16 code units. */
export class KeptOutput {
  readonly #head_length: number;
  readonly #tail_length: number;
  #head = "";
  #tail = "";
  #length = 0;

  /** @param length of what is kept: a third of it from the beginning */
  constructor(length: number) {
    this.#head_length = Math.floor(length / 3);
    this.#tail_length = length - this.#head_length;
  }

  add(text: string): void {
    this.#length += text.length;
    const head = text.slice(0, this.#head_length - this.#head.length);
    this.#head += head;
    this.#tail += text.slice(head.length);
    // Not at every piece: cutting copies.
    if (this.#tail.length > 2 * this.#tail_length) this.#tail = this.#tail.slice(-this.#tail_length);
  }

  read(): { readonly text: string; readonly truncated: boolean } {
    const left_out = this.#length - this.#head.length - this.#tail_length;
    if (left_out <= 0) return { text: this.#head + this.#tail, truncated: false };
    const head = this.#head.replace(/[\ud800-\udbff]$/, "");
    const tail = this.#tail.slice(-this.#tail_length).replace(/^[\udc00-\udfff]/, "");
    return { text: `${head}\n\n[… ${left_out} characters left out …]\n\n${tail}`, truncated: true };
  }
}
