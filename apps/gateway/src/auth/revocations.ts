import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { z } from "zod";
import { SettingsError } from "../settings-error.ts";

/** Subjects of the issuer, each with the moment up to which whatever was issued to it is worth nothing. */
const Content = z.object({ version: z.literal(1), revoked: z.record(z.string(), z.iso.datetime({ offset: true })) });

/** The file is looked at so often while something depends on it, in milliseconds. */
const LOOK_MS = 2_000;

export interface RevocationOptions {
  readonly issuer: string;
  readonly data_dir: string;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * What the operator took back before it expired: `revocations.json` in the data folder, which only they write. It counts
 * within two seconds. A file that cannot be read stops the start; later it is told, and what was read last goes on.
 */
export class Revocations {
  readonly #options: RevocationOptions;
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #revoked: ReadonlyMap<string, number> = new Map();
  #stamp = "";
  #look_at = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @throws SettingsError */
  constructor(options: RevocationOptions) {
    this.#options = options;
    this.#path = join(options.data_dir, "revocations.json");
    try {
      this.#read();
    } catch (cause) {
      throw new SettingsError(`${this.#path} is not a list of revocations: ${reasonOf(cause)}.`);
    }
  }

  /** @param issued_at Unix time in milliseconds; null: nobody knows, so it counts as issued before */
  has(user_id: string, issued_at: number | null): boolean {
    this.#look();
    const until = this.#revoked.get(user_id);
    return until !== undefined && (issued_at === null || issued_at <= until);
  }

  /** Calls back whenever the list has changed. Returns the undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #look(): void {
    const { now, log } = this.#options;
    if (now() < this.#look_at) return;
    this.#look_at = now() + LOOK_MS;
    try {
      if (!this.#read()) return;
    } catch (error) {
      log.error({ reason: reasonOf(error) }, "revocations.json cannot be read: what it held before goes on");
      return;
    }
    log.info({ users: this.#revoked.size }, "revocations.json was read");
    for (const listener of [...this.#listeners]) listener();
  }

  /** False where nothing has changed. A file that is not there revokes nothing. */
  #read(): boolean {
    const { mtimeMs, size, ino } = statSync(this.#path, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0, ino: 0 };
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    const { revoked } =
      ino === 0
        ? Content.parse({ version: 1, revoked: {} })
        : Content.parse(JSON.parse(readFileSync(this.#path, "utf8")));
    this.#revoked = new Map(
      Object.entries(revoked).map(([sub, moment]) => [`${this.#options.issuer}#${sub}`, Date.parse(moment)]),
    );
    return true;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return "it needs a version and, for each subject, a time such as 2026-01-31T12:00:00Z";
  return error instanceof Error && "code" in error ? String(error.code) : "it is no JSON";
}
