import { z } from "zod";
import { REJECT_CODES } from "./errors.ts";
import { PROTOCOL_VERSION } from "./version.ts";

const cursor = z.number().int().nonnegative();

/** `waiting`: a person is asked. `failed`: the last run ended with `error`. `deleted`: the session is gone. */
export const SessionStatus = z.enum(["idle", "running", "waiting", "failed", "deleted"]);
export type SessionStatus = z.infer<typeof SessionStatus>;

export const Welcome = z.object({
  type: z.literal("welcome"),
  protocol: z.literal(PROTOCOL_VERSION),
  connection_id: z.string(),
  heartbeat_ms: z.number().int().positive(),
  limits: z.record(z.string(), z.number()),
  user: z.object({ id: z.string() }),
});
export type Welcome = z.infer<typeof Welcome>;

/** The command `id` was carried out; what it changed is in the log. */
export const Ack = z.object({
  type: z.literal("ack"),
  id: z.string(),
  session_id: z.string().optional(),
  message_id: z.string().optional(),
  request_id: z.string().optional(),
  seq: cursor.optional(),
  /** The same message was accepted before and is not run again. */
  duplicate: z.boolean().optional(),
  outcome: z.enum(["stopping", "already_ended"]).optional(),
});
export type Ack = z.infer<typeof Ack>;

/** The command was refused. `id` is null where it had none that could be read. */
export const Reject = z.object({
  type: z.literal("reject"),
  id: z.string().nullable(),
  code: z.enum(Object.keys(REJECT_CODES) as [keyof typeof REJECT_CODES]),
  message: z.string(),
  retry_after_ms: z.number().nonnegative().optional(),
});
export type Reject = z.infer<typeof Reject>;

/** Events follow from `after + 1`. `reset`: drop what you have of this session first. */
export const Subscribed = z.object({
  type: z.literal("subscribed"),
  id: z.string(),
  session_id: z.string(),
  /** Names the history that cursors count in; another epoch is another history. */
  epoch: z.string(),
  head: cursor,
  after: cursor,
  reset: z.boolean(),
});
export type Subscribed = z.infer<typeof Subscribed>;

/** The history up to `seq` has been sent: what follows happens now. */
export const Live = z.object({ type: z.literal("live"), session_id: z.string(), seq: cursor });
export type Live = z.infer<typeof Live>;

/** Heads of the watched sessions; a cursor that stays below its head has missed something. */
export const Heartbeat = z.object({ type: z.literal("heartbeat"), heads: z.record(z.string(), cursor) });
export type Heartbeat = z.infer<typeof Heartbeat>;

export const SessionSummary = z.object({
  session_id: z.string(),
  title: z.string(),
  status: SessionStatus,
  head: cursor,
  model: z.string().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
});
export type SessionSummary = z.infer<typeof SessionSummary>;

/** One of the caller's sessions began, ended, waits or was renamed. */
export const SessionChanged = z.object({ type: z.literal("session_changed"), ...SessionSummary.shape });
export type SessionChanged = z.infer<typeof SessionChanged>;

export const Notice = z.object({ type: z.literal("notice"), code: z.string(), message: z.string() });
export type Notice = z.infer<typeof Notice>;

export const Draining = z.object({ type: z.literal("draining"), in_ms: z.number().nonnegative() });
export type Draining = z.infer<typeof Draining>;

/** Frames that are not events: no `seq`, and losing all of them changes no conversation. */
export const ControlFrame = z.discriminatedUnion("type", [
  Welcome,
  Ack,
  Reject,
  Subscribed,
  Live,
  Heartbeat,
  SessionChanged,
  Notice,
  Draining,
]);
export type ControlFrame = z.infer<typeof ControlFrame>;
