import type { Row, SessionQuery, SessionRow, StoreError } from "../log-store.ts";
import type { Positions } from "../written.ts";
import type { PackedBatch } from "./packed-batch.ts";

/** What the store's thread does when asked. */
export interface ThreadCalls {
  append(batch: PackedBatch): Positions;
  read(session_id: string, after: number, limit: number): Promise<readonly Row[]>;
  settle(session_id: string, rows: readonly Row[]): Promise<void>;
  get(session_id: string): Promise<SessionRow | null>;
  list(query: SessionQuery): Promise<{ readonly sessions: readonly SessionRow[]; readonly next: string | null }>;
  unfinished(): Promise<readonly string[]>;
  remove(session_id: string): Promise<boolean>;
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

export type CallName = keyof ThreadCalls;

export interface CallMessage {
  readonly id: number;
  readonly call: CallName;
  readonly args: readonly unknown[];
}

/** The first one has the id 0 and says whether the folder could be opened. */
export type ReplyMessage = { readonly id: number } & ({ readonly value: unknown } | { readonly failure: Failure });

/** An error on its way to another thread, which keeps no class. */
export type Failure =
  | { readonly kind: "store"; readonly code: StoreError["code"]; readonly message: string }
  | { readonly kind: "range" | "other"; readonly message: string };
