/** The part of a terminal's output that is used. */
export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const ERASE = "\r\u001b[2K";

/** A terminal with a last line that comes and goes. The line is only ever drawn where the cursor starts a line. */
export class Screen {
  readonly #output: Output;
  #status: string | null = null;

  constructor(output: Output) {
    this.#output = output;
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  write(text: string): void {
    if (text === "") return;
    this.status(null);
    this.#output.write(text);
  }

  status(line: string | null): void {
    if (line === this.#status) return;
    this.#output.write(this.#status === null ? (line ?? "") : `${ERASE}${line ?? ""}`);
    this.#status = line;
  }
}
