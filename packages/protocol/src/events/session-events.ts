import { z } from "zod";
import { MessageAttachment } from "../attachments.ts";
import { RunOptions } from "../run-options.ts";
import { event } from "./envelope.ts";

export const MessageMode = z.enum(["queue", "steer"]);
export type MessageMode = z.infer<typeof MessageMode>;

/** What a person said. It waits in the queue until a `session_start` or `step` takes it. */
export const UserMessage = event("user_message", {
  message_id: z.string(),
  content: z.string(),
  mode: MessageMode,
  options: RunOptions.optional(),
  attachments: z.array(MessageAttachment).optional(),
  /** The message that began a run and whose place this one takes: what followed that one becomes another branch. */
  replaces: z.string().optional(),
});
export type UserMessage = z.infer<typeof UserMessage>;

/** A queued message was taken back before any run took it. */
export const MessageWithdrawn = event("message_withdrawn", { message_id: z.string() });
export type MessageWithdrawn = z.infer<typeof MessageWithdrawn>;

/** The branch of this message is shown from here on: up to it, and on to where that branch was last. */
export const BranchSelected = event("branch_selected", { message_id: z.string() });
export type BranchSelected = z.infer<typeof BranchSelected>;

export const SessionUpdated = event("session_updated", {
  title: z.string().optional(),
  model: z.string().optional(),
});
export type SessionUpdated = z.infer<typeof SessionUpdated>;

/** The intent to stop is durable: from here on no model or tool begins in this run. */
export const StopRequested = event("stop_requested", { by: z.string() });
export type StopRequested = z.infer<typeof StopRequested>;
