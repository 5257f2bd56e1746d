import { appendFile, type FileHandle, open } from "node:fs/promises";
import type { Redact } from "../redact.ts";

export interface LogFileOptions {
  readonly path: string;
  /** Bytes; the last line says that it was reached. */
  readonly most: number;
  /** Characters that may wait to be written; beyond it lines are left out, and one says how many. */
  readonly waiting: number;
  readonly redact: Redact;
  readonly now: () => number;
}

/** One run's file: lines wait in memory until they are flushed, so that writing holds nobody up. */
export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  #lines: string[] = [];
  #length = 0;
  #leftOut = 0;
  /** Bytes in the file; null before it was looked at. */
  #size: number | null = null;
  #state: "open" | "full" | "closed" = "open";
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: LogFileOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Whether something waits to be written. */
  get waits(): boolean {
    return this.#lines.length > 0;
  }

  /** @param line JSON text */
  write(line: string): void {
    if (this.#state !== "open") return;
    if (this.#length + line.length > this.#options.waiting) {
      this.#leftOut += 1;
      return;
    }
    this.#lines.push(line);
    this.#length += line.length;
  }

  /** Resolves when what waits now is in the file. @throws the file system's error; nothing is written after one */
  flush(): Promise<void> {
    // The first failure is told; what was asked for behind it has nothing left to do.
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#append());
    return this.#flushing;
  }

  /** Nothing is written after this resolves. */
  async close(): Promise<void> {
    this.#state = "closed";
    this.#take();
    await this.#flushing.catch(() => {});
  }

  async #append(): Promise<void> {
    if (this.#state !== "open" || !this.waits) return;
    try {
      const begun = this.#size === null ? await stateOf(this.path) : { size: this.#size, torn: false };
      // A process that was killed can have left half a line.
      const whole = `${begun.torn ? "\n" : ""}${this.#options.redact(this.#take())}`;
      this.#size = begun.size;
      const text = this.#cut(whole, this.#size);
      await appendFile(this.path, text, { mode: 0o600 });
      this.#size += Buffer.byteLength(text);
    } catch (error) {
      this.#state = "closed";
      this.#take();
      throw error;
    }
  }

  #take(): string {
    const lines = this.#leftOut === 0 ? this.#lines : [...this.#lines, this.#note("log_lines_left_out")];
    this.#lines = [];
    this.#length = 0;
    this.#leftOut = 0;
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }

  /** Whole lines, as many as there is room for. */
  #cut(text: string, size: number): string {
    const { most } = this.#options;
    const room = most - size - NOTE_BYTES;
    if (Buffer.byteLength(text) <= room) return text;
    this.#state = "full";
    const bytes = Buffer.from(text);
    const end = room <= 0 ? -1 : bytes.lastIndexOf(0x0a, room - 1);
    return `${bytes.toString("utf8", 0, end + 1)}${this.#note("log_file_full")}\n`;
  }

  #note(type: "log_file_full" | "log_lines_left_out"): string {
    const ts = this.#options.now();
    return JSON.stringify(
      type === "log_file_full" ? { type, ts, limit: this.#options.most } : { type, ts, lines: this.#leftOut },
    );
  }
}

/** Room for the line that says that the file is full. */
const NOTE_BYTES = 128;

async function stateOf(path: string): Promise<{ size: number; torn: boolean }> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { size: 0, torn: false };
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size === 0) return { size, torn: false };
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return { size, torn: buffer[0] !== 0x0a };
  } finally {
    await file.close();
  }
}
