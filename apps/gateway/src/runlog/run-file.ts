import { type Event, fromOf, isDelta, isTerminal, Merger } from "@millrace/protocol";
import { eventOf, type LogStore } from "@millrace/store";
import type { Logger } from "pino";
import type { ObservedRun } from "../models/run-observer.ts";
import type { LogFile } from "./log-file.ts";
import type { LogLine } from "./logged-model.ts";

/** Rows of one read: a few milliseconds of the event loop at most. */
const PAGE = 250;

/** Characters of stored rows that are merged before they are written. */
const MOST_HELD = 1024 * 1024;

export interface RunFileParts {
  readonly run: Pick<ObservedRun, "run_id" | "session_id">;
  readonly file: LogFile;
  readonly store: Pick<LogStore, "read">;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * One run's log file, and how far the session's log is copied into it. What is asked of it is done in that order, in
 * its own time; nothing of it throws or rejects.
 */
export class RunFile {
  readonly #parts: RunFileParts;
  /** Position of `session_start`; null where there is none yet. */
  #start: number | null = null;
  /** Up to here the log is in the file; null before the file was looked at. */
  #after: number | null = null;
  /** Where the text of the delta at that position ends in its block; null where it is none, or not known. */
  #textEnd: number | null = null;
  #ended = false;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: RunFileParts) {
    this.#parts = parts;
  }

  /** Whether nothing is left to copy, now or later. */
  get complete(): boolean {
    return this.#start === null || this.#ended || !this.#parts.file.open;
  }

  /** @param seq position of the run's `session_start` */
  begun(seq: number): void {
    this.#start = seq;
  }

  /** Copies the run's events from before now, as far as they are stored, with the line behind them. Returns at once. */
  note(line: LogLine): void {
    const { run, now } = this.#parts;
    const ts = now();
    this.#work = this.#work.then(() => this.#bringUp(ts, { ts, run_id: run.run_id, ...line }));
  }

  /** Copies the run's events that are stored by then. */
  copy(): Promise<void> {
    this.#work = this.#work.then(() => this.#bringUp(Number.POSITIVE_INFINITY, null));
    return this.#work;
  }

  /** Nothing is written after this resolves. */
  close(): Promise<void> {
    return this.#parts.file.close();
  }

  async #bringUp(until: number, line: Record<string, unknown> | null): Promise<void> {
    const { file } = this.#parts;
    if (!file.open) return;
    try {
      if (this.#start !== null && !this.#ended) await this.#copy(this.#start, until);
    } catch (error) {
      this.#failed(error);
    }
    if (line === null || !file.open) return;
    file.write(textOf(line));
    await file.flush().catch((error: unknown) => this.#failed(error));
  }

  /** @param until time of the newest event that is copied: what came while this waited belongs behind its line */
  async #copy(start: number, until: number): Promise<void> {
    const { run, file, store } = this.#parts;
    this.#after ??= lastSeq(await file.lastLines(), run.run_id) ?? start - 1;
    const merger = new Merger();
    let held = 0;
    const write = (): Promise<void> => {
      held = 0;
      for (const event of merger.take()) file.write(JSON.stringify(event));
      return file.flush();
    };
    try {
      for (;;) {
        const rows = await store.read(run.session_id, this.#after, PAGE);
        for (const row of rows) {
          const event = eventOf(run.session_id, row);
          if (event.ts > until) return;
          const rest = this.#behind(event, this.#after);
          this.#after = row.seq;
          if (event.run_id !== run.run_id) continue;
          merger.push(rest);
          held += row.body.length;
          if (isTerminal(event)) this.#ended = true;
          if (held > MOST_HELD) await write();
        }
        if (rows.length === 0 || this.#ended || !file.open) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      await write();
    }
  }

  /** Of an event that was merged across the cursor, what lies behind that; of any other all. */
  #behind(event: Event, after: number): Event {
    const textEnd = this.#textEnd;
    this.#textEnd = isDelta(event) ? event.offset + event.content.length : null;
    if (!isDelta(event) || textEnd === null || fromOf(event) > after) return event;
    const { from: _from, ...rest } = event;
    const from = after + 1 === event.seq ? {} : { from: after + 1 };
    return { ...rest, ...from, offset: textEnd, content: event.content.slice(textEnd - event.offset) };
  }

  #failed(error: unknown): void {
    const { run, log } = this.#parts;
    log.warn({ run_id: run.run_id, error }, "the log file could not be brought up to the log");
  }
}

/** Position of the last of these lines that is an event of the run. */
function lastSeq(lines: readonly string[], run_id: string): number | null {
  for (const line of lines.toReversed()) {
    const { run_id: of, seq } = fieldsOf(line);
    if (of === run_id && typeof seq === "number") return seq;
  }
  return null;
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** JSON of a line; of one that is not JSON, what it was. */
function textOf(line: Record<string, unknown>): string {
  try {
    return JSON.stringify(line);
  } catch {
    return JSON.stringify({ ts: line.ts, run_id: line.run_id, type: line.type, unreadable: true });
  }
}
