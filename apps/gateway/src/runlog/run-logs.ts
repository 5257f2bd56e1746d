import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelPort } from "@millrace/agent";
import type { Logger } from "pino";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";
import type { Redact } from "../redact.ts";
import type { StoredEvent } from "../session/stored-event.ts";
import { EventLines } from "./event-lines.ts";
import { LogFile } from "./log-file.ts";
import { type LogLine, loggedModel } from "./logged-model.ts";

export interface RunLogsOptions {
  /** Made where it is missing. */
  readonly folder: string;
  readonly redact: Redact;
  readonly now: () => number;
  readonly log: Logger;
  /** Milliseconds. */
  readonly keep_ms: number;
  /** Bytes of all files. */
  readonly keep_bytes: number;
  /** Bytes of one file. */
  readonly most?: number | undefined;
}

const MOST = 64 * 1024 * 1024;
const WAITING = 16 * 1024 * 1024;
const FLUSH_MS = 5_000;
const SWEEP_MS = 60 * 60 * 1_000;

/** The log files of all runs: `<run_id>.jsonl` in one folder, each line one event or one exchange with a model. */
export class RunLogs {
  readonly #options: RunLogsOptions;
  readonly #open = new Map<string, LogFile>();
  readonly #events = new WeakMap<LogFile, EventLines>();
  /** Files of runs that are over: what comes late is written with the next flush, then they are let go. */
  readonly #left = new Set<LogFile>();
  #flushing = false;
  readonly #flusher: NodeJS.Timeout;
  readonly #sweeper: NodeJS.Timeout;

  private constructor(options: RunLogsOptions) {
    this.#options = options;
    this.#flusher = setInterval(() => void this.#flushAll(), FLUSH_MS).unref();
    this.#sweeper = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  /** @throws where the folder cannot be made */
  static async open(options: RunLogsOptions): Promise<RunLogs> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const logs = new RunLogs(options);
    void logs.sweep();
    return logs;
  }

  pathOf(run_id: string): string {
    return join(this.#options.folder, `${run_id}.jsonl`);
  }

  /** Writes down a run. What a run that was taken up writes stands behind what it wrote before. */
  observe({ run_id }: ObservedRun): RunObserver {
    const { redact, now, most = MOST } = this.#options;
    const file = new LogFile({ path: this.pathOf(run_id), most, waiting: WAITING, redact, now });
    this.#open.set(run_id, file);
    const events = new EventLines((line) => file.write(line));
    this.#events.set(file, events);
    const write = (line: LogLine): void => {
      events.flush();
      file.write(textOf({ ts: now(), run_id, ...line }));
    };
    let calls = 0;
    const number = (): number => ++calls;
    return {
      stored: (stored: StoredEvent) => events.push(stored.event),
      model: (port: ModelPort) => loggedModel(port, { write, number }),
      left: () => {
        this.#left.add(file);
        void this.#flush(run_id, file);
      },
    };
  }

  /** The runs' session is removed, and their files with it. */
  async remove(run_ids: readonly string[]): Promise<void> {
    for (const run_id of run_ids) {
      await this.#open.get(run_id)?.close();
      this.#left.delete(this.#open.get(run_id) as LogFile);
      this.#open.delete(run_id);
      await rm(this.pathOf(run_id), { force: true }).catch((error: unknown) => {
        this.#options.log.warn({ run_id, error }, "a log file could not be removed");
      });
    }
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    clearInterval(this.#flusher);
    clearInterval(this.#sweeper);
    for (const [run_id, file] of this.#open) await this.#flush(run_id, file);
  }

  async #flushAll(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    for (const [run_id, file] of [...this.#open]) {
      this.#events.get(file)?.flush();
      if (file.waits) await this.#flush(run_id, file);
      if (this.#left.delete(file) && this.#open.get(run_id) === file) this.#open.delete(run_id);
    }
    this.#flushing = false;
  }

  async #flush(run_id: string, file: LogFile): Promise<void> {
    this.#events.get(file)?.flush();
    try {
      await file.flush();
    } catch (error) {
      this.#options.log.warn({ run_id, error }, "the log file could not be written and is left as it is");
    }
  }

  /** Removes what is too old, then the oldest until the rest is small enough. Files of open runs stay. */
  async sweep(): Promise<void> {
    const { folder, now, keep_ms, keep_bytes, log } = this.#options;
    try {
      const files = await this.#closedFiles(folder);
      let bytes = files.reduce((sum, { size }) => sum + size, 0);
      for (const { path, size, mtimeMs } of files.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
        if (bytes <= keep_bytes && now() - mtimeMs <= keep_ms) break;
        await rm(path, { force: true });
        bytes -= size;
      }
    } catch (error) {
      log.warn({ error }, "old log files could not be removed");
    }
  }

  async #closedFiles(folder: string): Promise<{ path: string; size: number; mtimeMs: number }[]> {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".jsonl"));
    const closed = names.filter((name) => !this.#open.has(name.slice(0, -".jsonl".length)));
    const found = [];
    for (const name of closed) {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
      found.push({ path, size, mtimeMs });
    }
    return found;
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
