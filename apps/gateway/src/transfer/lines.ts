const NEWLINE = 10;

/** Bytes as they come, cut into lines. */
export class Lines {
  #held: Uint8Array[] = [];
  #length = 0;

  /** The lines that end in these bytes, without their ends. */
  *push(chunk: Buffer): Generator<Uint8Array> {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      const piece = chunk.subarray(begin, end);
      begin = end + 1;
      yield this.#length === 0 ? piece : this.#whole(piece);
    }
    this.#hold(chunk.subarray(begin));
  }

  /** How long the line is that has not ended yet. */
  get length(): number {
    return this.#length;
  }

  /** What follows the last line's end. */
  rest(): Uint8Array {
    return this.#whole(new Uint8Array());
  }

  #hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#held.push(piece);
    this.#length += piece.length;
  }

  #whole(piece: Uint8Array): Uint8Array {
    const line = Buffer.concat([...this.#held, piece]);
    this.#held = [];
    this.#length = 0;
    return line;
  }
}
