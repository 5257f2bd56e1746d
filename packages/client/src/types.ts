import type { Ack, Event, RejectCode, RunOptions, SessionSummary } from "@millrace/protocol";

/** A value that changes. `get` is cheap and stable between changes; `subscribe` returns its undo. */
export interface Readable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** Times are `Clock.now` milliseconds. `attempt` counts from 1 since the connection was last stable. */
export type ConnectionState =
  /** `connect` was not called, or `close` was. */
  | { readonly state: "idle" }
  | { readonly state: "connecting"; readonly attempt: number }
  | {
      readonly state: "online";
      readonly since: number;
      readonly connection_id: string;
      readonly user: { readonly id: string };
    }
  | {
      readonly state: "waiting";
      readonly attempt: number;
      readonly retry_at: number;
      readonly reason: "lost" | "draining";
    }
  /** 41xx: it does not come back by itself; `connect` tries again. */
  | { readonly state: "closed"; readonly code: number; readonly reason: string };

/** A message that the server has not acknowledged yet. */
export interface OutboxEntry {
  readonly message_id: string;
  /** Null where the server is to make the session. */
  readonly session_id: string | null;
  readonly content: string;
  readonly mode: "queue" | "steer";
  readonly options?: RunOptions;
  /** The message whose place it takes. */
  readonly replaces?: string;
  /** Ids of uploaded files. */
  readonly attachments?: readonly string[];
  /** `sent`: written to the current socket, no answer yet. */
  readonly state: "waiting" | "sent" | "rejected";
  readonly reason?: { readonly code: RejectCode; readonly message: string };
}

/** Where unsent messages outlive a reload. Both may throw: the outbox then lives in memory only. */
export interface OutboxStorage {
  load(): readonly OutboxEntry[];
  save(entries: readonly OutboxEntry[]): void;
}

export interface OutgoingMessage {
  content: string;
  /** Ids of files that were uploaded; the content may then be empty. */
  attachments?: readonly string[];
  session_id?: string;
  /** A UUID; made where absent. The same id sent again is the same message. */
  message_id?: string;
  mode?: "queue" | "steer";
  options?: RunOptions;
  /** The message that began a run and whose place this one takes: `selectBranch` leads back. */
  replaces?: string;
}

export interface SentMessage {
  readonly message_id: string;
  /** Rejects with RejectedError, or with an AbortError where `withdraw` took the message back; never because of the network. */
  readonly accepted: Promise<Ack>;
}

/** Starts as `subscribing`. `gone`: no such session (any more); nothing follows. */
export type WatchState = "subscribing" | "catching_up" | "live" | "gone";

export interface WatchHandlers {
  /** In order and without a hole. The first one may begin at or before the cursor: a merged delta, which `evolve` cuts. */
  onEvents(events: readonly Event[]): void;
  /** Drop what you have: events follow from `after + 1`. */
  onReset(after: number): void;
  /** The history up to `seq` is in. */
  onLive(seq: number): void;
  onState?(state: WatchState): void;
}

/** `after` and `epoch`: where an earlier watch stopped. `tail`: start at the n-th last message instead. */
export interface WatchFrom {
  after?: number;
  epoch?: string;
  tail?: number;
}

export interface Watch {
  readonly session_id: string;
  /** Last `seq` handed to `onEvents`. */
  readonly cursor: number;
  /** Names the history that `cursor` counts in; null until the server said it. */
  readonly epoch: string | null;
  /** No handler is called afterwards. */
  close(): void;
}

export interface RespondOptions {
  args_digest?: string;
  remember?: "once" | "session" | "always";
}

export interface SessionQuery {
  /** Searches titles and text. */
  q?: string;
  limit?: number;
  /** `next_cursor` of the page before. */
  cursor?: string;
}

export interface SessionPage {
  sessions: SessionSummary[];
  next_cursor: string | null;
}

export interface Models {
  models: { id: string; name?: string; demo?: boolean }[];
  default: string;
}

export interface Tools {
  tools: { name: string; description: string }[];
}

/** The part of a WebSocket that is used; `never` lets every WebSocket's own event types in. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** The constructor of a WebSocket: the browser's, Node's, or one of the same shape. */
export type WebSocketFactory = new (url: string, protocols: string) => WebSocketLike;

export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls back once after `ms` milliseconds; returns the undo. */
  after(ms: number, callback: () => void): () => void;
}

/** What shows a gateway who this is. A function is asked for each connection and request: for tokens that expire. */
export type TokenSource = string | (() => string | Promise<string>);

export interface ClientOptions {
  /** Base address of the gateway, `http(s)://host[:port][/path]`. */
  url: string;
  /** Sent in the first frame and as `Authorization`, never in an address. Without one the browser's sign-in counts. */
  token?: TokenSource;
  /** The platform's by default; Node has one from version 22 on. */
  WebSocket?: WebSocketFactory;
  fetch?: typeof fetch;
  clock?: Clock;
  /** In [0, 1); spreads the reconnects. */
  random?: () => number;
  storage?: OutboxStorage;
}
