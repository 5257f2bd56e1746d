import { LIMITS } from "@millrace/protocol";
import { z } from "zod";

/** The protocol's limits plus those that only the gateway knows. Times in milliseconds, sizes in bytes. */
export const DEFAULT_LIMITS = {
  ...LIMITS,
  /** Within this time of the last commit's beginning, new deltas wait and merge: about one frame of a screen. */
  commit_window_ms: 16,
  /** Stored rows of an open run that may wait before they are merged. */
  unsettled_rows: 256,
  /** How long a session without viewers and runs stays in memory. */
  idle_session_ms: 30_000,
  /** Frames are handed to a socket while less than this waits in it. */
  socket_high_water: 64 * 1024,
  /** How long a drain waits for open runs to reach the end of a step. */
  drain_ms: 25_000,
  /** Spread of `draining.in_ms` over the connections. */
  drain_spread_ms: 3_000,
  headers_ms: 10_000,
  body_ms: 30_000,
  connections: 10_000,
  /** How long a socket may take to say who it is. */
  auth_ms: 10_000,
  /** Wrong tokens a minute, from one address and from all together. */
  auth_failures_per_minute: 5,
  /** Upgrades within 10 s from one address that do not say who they are, and sockets that have not said it yet. */
  unauthenticated_upgrades: 50,
  unauthenticated_waiting: 200,
  /** Open answers of one user over HTTP: SSE streams, parts of a log, exports, and runs that somebody waits for. */
  user_streams: 100,
  /** With a sign-in: requests and commands of one user a minute, and at once; their sockets; their open runs. */
  user_requests_per_minute: 6_000,
  user_request_burst: 1_000,
  user_connections: 1_000,
  user_runs: 50,
  /** Messages of one session that wait for a run to take them. */
  queued_messages: 1_000,
  /** Sign-ins a minute, of one user with one scope, and from one address while it is not known whose. */
  sign_ins_per_minute: 30,
  /** Browsers that are signed in at a time: of one user with one scope, whose oldest give way, and of all. */
  user_sign_ins: 100,
  sign_ins: 10_000,
  /** How long a browser stays signed in: 30 days. */
  sign_in_ms: 30 * 24 * 60 * 60 * 1_000,
  /** Pause between attempts to store a run's end after the store failed. */
  store_retry_ms: 5_000,
  /** A commit that takes longer is slow; new messages are refused while the 99th percentile is. */
  slow_commit_ms: 2_000,
  /** Commits of so long ago decide about that. */
  slow_window_ms: 10_000,
  /** What is not stored after so long breaks its run off. */
  lost_commit_ms: 30_000,
  /** UTF-16 code units of one run's text that may wait to be stored before its model is read no further. */
  unstored_text: 256 * 1024,
  /** With less room on the disk new messages are refused. */
  free_bytes: 64 * 1024 * 1024,
  /** How long a file that no message names is kept: a day. */
  attachment_unused_ms: 24 * 60 * 60 * 1_000,
  /** A session that is imported: all of it, its events, and the line of one. */
  import_bytes: 16 * 1024 * 1024,
  import_events: 100_000,
  import_line_bytes: 2 * 1024 * 1024,
  /** How long a question to a person waits for its answer, then it is denied. 0: for ever. */
  interaction_ms: 0,
};

export type Limits = Readonly<Record<keyof typeof DEFAULT_LIMITS, number>>;

const keys = Object.keys(DEFAULT_LIMITS) as [keyof typeof DEFAULT_LIMITS];

/** `MILLRACE_LIMITS`: a JSON object that replaces some defaults. */
export const LimitOverrides = z.partialRecord(z.enum(keys), z.number().positive());
