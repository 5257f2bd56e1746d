import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Redact } from "@millrace/agent";
import type { LogStore } from "@millrace/store";
import type { Logger } from "pino";
import type { ObservedRun, RunObserver } from "../models/run-observer.ts";
import { LogFile } from "./log-file.ts";
import { loggedModel } from "./logged-model.ts";
import { RunFile } from "./run-file.ts";

export interface RunLogsOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** The log that the files are written from. */
  readonly store: Pick<LogStore, "read">;
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
const SWEEP_MS = 60 * 60 * 1_000;

/**
 * The log files of all runs: `<run_id>.jsonl` in one folder, each line one event of the log or one request to a model.
 * They are copied from the log when a model is asked, when the run is left and on `close`: a token costs nothing here.
 */
export class RunLogs {
  readonly #options: RunLogsOptions;
  /** Those of runs that are not over, or not yet copied to their end. */
  readonly #open = new Map<string, RunFile>();
  /** The read before, of whatever run. */
  #reading: Promise<void> = Promise.resolve();
  readonly #sweeper: NodeJS.Timeout;

  private constructor(options: RunLogsOptions) {
    this.#options = options;
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
  observe(run: ObservedRun): RunObserver {
    const { run_id } = run;
    const { redact, now, log, most = MOST } = this.#options;
    const store = { read: this.#read };
    const file = new LogFile({ path: this.pathOf(run_id), most, waiting: WAITING, redact, now });
    const copy = new RunFile({ run, file, store, now, log });
    this.#open.set(run_id, copy);
    let calls = 0;
    const number = (): number => ++calls;
    return {
      begun: (seq) => copy.begun(seq),
      model: (port) => loggedModel(port, { note: (line) => copy.note(line), number }),
      left: () => void this.#leave(run_id, copy),
    };
  }

  /** One page at a time: of many runs that end together all would come in one turn of the event loop. */
  readonly #read: LogStore["read"] = (...page) => {
    const rows = this.#reading.then(() => this.#options.store.read(...page));
    const over = (): void => {};
    this.#reading = rows.then(over, over);
    return rows;
  };

  /** The runs' session is removed, and their files with it. */
  async remove(run_ids: readonly string[]): Promise<void> {
    for (const run_id of run_ids) {
      await this.#open.get(run_id)?.close();
      this.#open.delete(run_id);
      await rm(this.pathOf(run_id), { force: true }).catch((error: unknown) => {
        this.#options.log.warn({ run_id, error }, "a log file could not be removed");
      });
    }
  }

  /** Copies what is stored until now; nothing is written after it resolves. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    for (const file of this.#open.values()) {
      await file.copy();
      await file.close();
    }
    this.#open.clear();
  }

  /** Of a run that did not end, the last events may still be on their way into the log. */
  async #leave(run_id: string, file: RunFile): Promise<void> {
    await file.copy();
    if (!file.complete) return;
    await file.close();
    this.#open.delete(run_id);
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
