/** So many pieces become one. */
const PIECES = 128;

/** A text that comes in small pieces and lives long: appended to a string, each piece keeps some 60 bytes beside its text. */
export class GrowingText {
  #joined = "";
  #pieces: string[] = [];

  add(piece: string): void {
    if (this.#pieces.push(piece) >= PIECES) this.#join();
  }

  get whole(): string {
    this.#join();
    return this.#joined;
  }

  #join(): void {
    this.#joined += this.#pieces.join("");
    this.#pieces = [];
  }
}
