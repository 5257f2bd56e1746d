/**
 * Why a well-formed command was refused (`reject.code`, HTTP `error.code`). The socket stays open.
 * The comment says what the receiver must do; the number is the HTTP status of the same refusal.
 */
export const REJECT_CODES = {
  /** A field is missing, of the wrong type or out of range: correct the command. */
  bad_request: 400,
  /** No such command in this version: do not send it again. */
  unknown_type: 400,
  /** Nothing of that name, or it is someone else's: forget the id. */
  not_found: 404,
  /** Known, but not allowed to this user. */
  forbidden: 403,
  /** The id was used before with other content: make a new id. */
  idempotency_conflict: 409,
  /** Somebody answered first: show their answer. */
  already_answered: 409,
  /** The arguments are not those that were shown: ask the person again. */
  args_changed: 409,
  /** `after` is not a non-negative safe integer: subscribe from 0. */
  bad_cursor: 400,
  /** Larger than a limit of `welcome.limits`: send less. */
  too_large: 413,
  /** Nested deeper than the limit: flatten it. */
  too_deep: 400,
  /** An upload that is neither an image nor text, or whose type is not said: send another file. */
  unsupported_media_type: 415,
  /** The user's files have as many bytes as they may: remove sessions that have some. */
  quota_exceeded: 413,
  /** The model is not configured: choose from `GET /api/v1/models`. */
  unknown_model: 400,
  /** Too many commands: wait `retry_after_ms`. */
  rate_limited: 429,
  /** Too many sessions watched by this connection: unsubscribe one. */
  subscription_limit: 429,
  /** Too many open runs, or messages that wait for one: wait for one to end. */
  run_limit: 429,
  /** The event could not be stored and was not: send it again later with the same id. */
  storage_unavailable: 503,
  /** There is no room left on the server: send it again when it says that there is. */
  storage_full: 507,
} as const;

export type RejectCode = keyof typeof REJECT_CODES;

/** Why the server closed a WebSocket. 40xx: come back and resume. 41xx: do not come back as you are. */
export const CLOSE_CODES = {
  protocol_error: 1002,
  /** A binary frame. */
  unsupported_data: 1003,
  invalid_utf8: 1007,
  message_too_big: 1009,
  /** The server drains: come back in a moment. */
  drain: 1012,
  internal: 4000,
  rate_limited: 4002,
  /** Two heartbeats without any sign of the client. */
  heartbeat_timeout: 4003,
  /** The client reads too slowly: come back, nothing is lost. */
  slow_consumer: 4004,
  token_expired: 4006,
  overloaded: 4007,
  /** Not JSON, not an object, or without `type`. */
  bad_frame: 4100,
  unauthorized: 4101,
  revoked: 4102,
  unsupported_version: 4103,
  connection_limit: 4104,
  too_many_errors: 4105,
} as const;

/** Whether a client that was closed with this code may come back by itself. */
export function mayReconnect(code: number): boolean {
  return code < 4100 || code > 4199;
}
