import { appendFile, type FileHandle, open } from "node:fs/promises";
import type { Redact } from "@millrace/agent";

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
  /** A process that was killed left half a line. */
  #torn = false;
  #state: "open" | "full" | "closed" = "open";
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: LogFileOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Whether what is written still arrives: it is neither full, nor closed, nor did it fail. */
  get open(): boolean {
    return this.#state === "open";
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

  /**
   * Whole lines at the end of the file, within its last 256 KiB, in order; none where there is no file.
   * @throws the file system's error; nothing is written after one
   */
  async lastLines(): Promise<readonly string[]> {
    try {
      return (await this.#look()).lines;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  /** Nothing is written after this resolves. */
  async close(): Promise<void> {
    this.#drop();
    await this.#flushing.catch(() => {});
  }

  #drop(): void {
    this.#state = "closed";
    this.#take();
  }

  async #look(): Promise<Tail> {
    const tail = await tailOf(this.path);
    this.#size = tail.size;
    this.#torn = tail.torn;
    return tail;
  }

  async #append(): Promise<void> {
    if (this.#state !== "open" || (this.#lines.length === 0 && this.#leftOut === 0)) return;
    try {
      const size = this.#size ?? (await this.#look()).size;
      const whole = `${this.#torn ? "\n" : ""}${this.#options.redact(this.#take())}`;
      const text = this.#cut(whole, size);
      await appendFile(this.path, text, { mode: 0o600 });
      this.#size = size + Buffer.byteLength(text);
      this.#torn = false;
    } catch (error) {
      this.#drop();
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

/** Bytes of an existing file that are read. */
const TAIL_BYTES = 256 * 1024;

interface Tail {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Its last line is no whole one. */
  readonly torn: boolean;
  /** Whole ones at its end. */
  readonly lines: readonly string[];
}

async function tailOf(path: string): Promise<Tail> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { size: 0, torn: false, lines: [] };
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    const torn = lines.pop() !== "";
    // The first one may have begun before.
    return { size, torn, lines: start === 0 ? lines : lines.slice(1) };
  } finally {
    await file.close();
  }
}
