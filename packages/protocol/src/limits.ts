/** Two of {@link LIMITS}, apart from the others: a browser that needs only these loads only these. */
export const FRAME_BYTES: number = 64 * 1024;
export const SETTLED_TEXT: number = 10 * 1024;

/** Default limits of a gateway. Sizes are bytes of UTF-8 unless a name says otherwise, times are milliseconds. */
export const LIMITS = {
  /** A frame or HTTP body from a client. */
  frame_bytes: FRAME_BYTES,
  /** Nesting of arrays and objects in a command or body. */
  json_depth: 32,
  /** Commands a connection may send per minute, and at once. */
  commands_per_minute: 120,
  command_burst: 30,
  /** Sessions one connection may watch. */
  subscriptions: 64,
  /** An event as JSON. */
  event_bytes: 64 * 1024,
  /** UTF-16 code units of text in one settled piece of a block: below `event_bytes` even where each takes 6 bytes of JSON. */
  settled_text: SETTLED_TEXT,
  /** UTF-16 code units of one tool's result; the rest is cut and `truncated` says so. */
  tool_output: 256 * 1024,
  /** One `provider_data` as JSON; a larger one is left out. */
  provider_data_bytes: 16 * 1024,
  /** Bytes that may wait for one viewer, and for how long, before it is closed with 4004. */
  outgoing_bytes: 1024 * 1024,
  outgoing_ms: 5_000,
  heartbeat_ms: 15_000,
  /** Rejected commands per minute before the connection is closed with 4105. */
  rejects_per_minute: 20,
  command_id_length: 64,
  /** Files that one message brings, and how large one may be. */
  attachments: 8,
  attachment_image_bytes: 5 * 1024 * 1024,
  attachment_text_bytes: 256 * 1024,
} as const;
