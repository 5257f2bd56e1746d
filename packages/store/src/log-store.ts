import type { NewEvent, SessionStatus } from "@millrace/protocol";

/**
 * The session log: the only state. Five members; every implementation runs the suite of `contract.ts`.
 *
 * - `append` is durable when it resolves, all of it or (on rejection) none of it.
 * - `read` returns rows in order that cover every position in `(after, head]` exactly once.
 * - `settle` replaces rows by merged ones that cover the same positions, atomically.
 */
export interface LogStore {
  append(batch: readonly Append[]): Promise<readonly Appended[]>;
  /**
   * Rows with `seq > after`, at most `limit`, and none behind those that reach {@link READ_LENGTH} together, so that one
   * read never keeps a commit waiting for long. No row: there is none. The first may begin at or before `after` where
   * rows were merged.
   */
  read(session_id: string, after: number, limit: number): Promise<readonly Row[]>;
  /**
   * `rows` cover one contiguous range of stored positions; the stored rows of that range give way to them.
   * @throws RangeError when `rows` leave a hole, reach beyond what is stored or would cut a merged row in two
   */
  settle(session_id: string, rows: readonly Row[]): Promise<void>;
  readonly sessions: SessionIndex;
  /** Idempotent. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** UTF-16 code units of bodies after which one read ends. */
export const READ_LENGTH: number = 256 * 1024;

/** What one session wants to have stored. All appends of a batch share one transaction. */
export interface Append {
  readonly session_id: string;
  /** Makes the session where it does not exist yet; otherwise ignored. */
  readonly create?: NewSession;
  readonly entries: readonly Entry[];
  /** Changes to the session's row in the index, stored with the events. */
  readonly summary?: SummaryPatch;
}

export interface Entry {
  readonly event: NewEvent;
  /** Unique in the session: a second entry with the same id is not stored, its first position is returned. */
  readonly id?: string;
}

export type Appended =
  | { readonly session_id: string; readonly missing: false; readonly results: readonly EntryResult[] }
  /** No such session (or it was deleted): nothing of this append was stored; the rest of the batch was. */
  | { readonly session_id: string; readonly missing: true };

export type EntryResult =
  | { readonly duplicate: false; readonly row: Row }
  | { readonly duplicate: true; readonly seq: number };

/** One stored event, or one merged range of deltas. */
export interface Row {
  readonly seq: number;
  /** First position covered; equals `seq` unless the row is merged. */
  readonly from: number;
  /** The event as JSON text without `v`, `session_id`, `seq` and `from`. Text, because it may hold NUL and lone surrogates. */
  readonly body: string;
}

export interface NewSession {
  readonly user_id: string;
  readonly title: string;
  readonly epoch: string;
  /** Unix time in milliseconds. */
  readonly created_at: number;
}

export interface SummaryPatch {
  readonly title?: string;
  readonly model?: string;
  readonly status?: SessionStatus;
  readonly updated_at?: number;
}

export interface SessionRow {
  readonly session_id: string;
  readonly user_id: string;
  readonly title: string;
  readonly model: string | null;
  readonly status: SessionStatus;
  readonly head: number;
  /** Names this history; another epoch means that cursors of the old one do not fit. */
  readonly epoch: string;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A session that a search found. `found`: where in its texts, absent where only the title matches. */
export interface FoundSession extends SessionRow {
  readonly found?: Found;
}

/** `seq`: of the first event whose text matches. `text`: a piece of it around the match, on its own lines. */
export interface Found {
  readonly seq: number;
  readonly text: string;
}

export interface SessionQuery {
  readonly user_id: string;
  readonly limit: number;
  /** Text in the title, in what people said or in final answers; case-insensitive for ASCII. */
  readonly q?: string;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

export interface SessionIndex {
  get(session_id: string): Promise<SessionRow | null>;
  /** Most recently updated first. `next` is null on the last page. A cursor that is not ours gives the first page. */
  list(query: SessionQuery): Promise<{ readonly sessions: readonly FoundSession[]; readonly next: string | null }>;
  /** Sessions whose last known status says that something is left to do: what a boot takes up again. */
  unfinished(): Promise<readonly string[]>;
  /** Removes the log and forgets the title; the id stays taken. False where there was nothing to delete. */
  remove(session_id: string): Promise<boolean>;
}

/** The store cannot be used: another process holds it, the disk is full, the file is damaged; or the session is gone. */
export class StoreError extends Error {
  readonly code: "in_use" | "full" | "unavailable" | "too_new" | "damaged" | "gone";
  constructor(code: StoreError["code"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
