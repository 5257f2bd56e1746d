/** Where a session's unsettled rows lie in the journal: `seq` and position, both rising. Plain numbers, as there are many. */
export class JournalIndex {
  #seqs: number[] = [];
  #positions: number[] = [];

  get length(): number {
    return this.#seqs.length;
  }

  /** Position of the first row; infinite where there is none. */
  get first(): number {
    return this.#positions[0] ?? Number.POSITIVE_INFINITY;
  }

  push(seq: number, position: number): void {
    this.#seqs.push(seq);
    this.#positions.push(position);
  }

  /** Forgets all but the first `length`. */
  truncate(length: number): void {
    this.#seqs.length = length;
    this.#positions.length = length;
  }

  /** At most `limit` rows with a higher `seq`. */
  after(seq: number, limit: number): { seq: number; position: number }[] {
    const start = this.#seqs.findLastIndex((held) => held <= seq) + 1;
    return this.#seqs
      .slice(start, start + limit)
      .map((held, index) => ({ seq: held, position: this.#positions[start + index] as number }));
  }

  /** Positions of the rows in a range of `seq`. */
  within(from: number, to: number): number[] {
    return this.#positions.filter((_, index) => {
      const seq = this.#seqs[index] as number;
      return seq >= from && seq <= to;
    });
  }

  /** Forgets the rows in a range of `seq`. */
  remove(from: number, to: number): void {
    const kept = this.#seqs.map((seq) => seq < from || seq > to);
    this.#positions = this.#positions.filter((_, index) => kept[index]);
    this.#seqs = this.#seqs.filter((_, index) => kept[index]);
  }
}
