/** Bytes of one message from a server: a line, a response, an event of a stream. A longer one ends the connection. */
export const MESSAGE_BYTES: number = 16 * 1024 * 1024;

/** What a server may offer; the rest is left out. */
export const OFFERED = {
  tools: 128,
  /** Pages of its list. */
  pages: 64,
  /** UTF-16 code units of a description. */
  description: 2_048,
  /** Bytes of an input schema as JSON. */
  schema: 65_536,
  /** Levels of an input schema. */
  schema_depth: 32,
} as const;

/** Milliseconds. */
export const TIMES = {
  /** For a call, by default; progress makes it start again, at most so many times. */
  call: 60_000,
  call_extensions: 10,
  /** For a start with its handshake and list of tools, by default. */
  start: 30_000,
  /** For a local program to say which protocol it speaks. */
  probe: 3_000,
  /** Waits between starts: doubled each time. */
  backoff_first: 1_000,
  backoff_longest: 60_000,
  /** A server that ran for so long may begin with the first wait again. */
  stable: 60_000,
  /** Between two lines of a call's progress. */
  progress: 100,
} as const;
