import { z } from "zod";
import { AttachmentIds } from "./attachments.ts";
import { MessageMode } from "./events/session-events.ts";
import { Remember } from "./events/tool-events.ts";
import { LIMITS } from "./limits.ts";
import { RunOptions } from "./run-options.ts";

const id = z.string().min(1).max(LIMITS.command_id_length);

/** Any string is well-formed here: one that names no session of the caller's is `not_found`, not a bad request. */
const session_id = z.string();

/** A UUID made by the client: the same message sent again is recognised by it. */
export const MessageId = z.guid();

/** Lone surrogates become U+FFFD: they could not be told apart after a round trip through UTF-8. */
export const MessageContent = z.string().transform((text) => text.toWellFormed());

/** What a message has to be as a whole: it says something, or brings a file. */
export function saysSomething({
  content,
  attachments,
}: {
  content: string;
  attachments?: unknown[] | undefined;
}): boolean {
  return content.trim() !== "" || (attachments?.length ?? 0) > 0;
}
export const SAYS_NOTHING: { path: string[]; error: string } = { path: ["content"], error: "must not be empty" };

/** A position that a viewer has seen; `null` counts as absent. */
export const After = z
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .refine((value) => !Object.is(value, -0), "must not be -0")
  .nullish()
  .transform((value) => value ?? 0);

/** One line: control characters become spaces. */
export const Title = z
  .string()
  .transform((text) =>
    text
      .toWellFormed()
      .replace(/\p{Cc}+/gu, " ")
      .trim(),
  )
  .pipe(z.string().min(1).max(200));

export const Subscribe = z.object({
  type: z.literal("subscribe"),
  id,
  session_id,
  after: After,
  epoch: z.string().max(64).optional(),
  /** Start at the n-th last message instead of `after`. */
  tail: z.number().int().min(1).max(1000).optional(),
});
export type Subscribe = z.infer<typeof Subscribe>;

export const Unsubscribe = z.object({ type: z.literal("unsubscribe"), id, session_id });
export type Unsubscribe = z.infer<typeof Unsubscribe>;

export const Send = z
  .object({
    type: z.literal("send"),
    id,
    session_id: session_id.optional(),
    message_id: MessageId,
    content: MessageContent,
    mode: MessageMode.default("queue"),
    options: RunOptions.optional(),
    attachments: AttachmentIds.optional(),
    /** The message that began a run and whose place this one takes. */
    replaces: MessageId.optional(),
  })
  .refine(saysSomething, SAYS_NOTHING);
export type Send = z.infer<typeof Send>;

export const Unsend = z.object({ type: z.literal("unsend"), id, session_id, message_id: MessageId });
export type Unsend = z.infer<typeof Unsend>;

/** Shows the branch of a message that a run has taken. */
export const SelectBranch = z.object({ type: z.literal("select_branch"), id, session_id, message_id: MessageId });
export type SelectBranch = z.infer<typeof SelectBranch>;

export const Stop = z.object({ type: z.literal("stop"), id, session_id, run_id: z.string() });
export type Stop = z.infer<typeof Stop>;

export const Respond = z.object({
  type: z.literal("respond"),
  id,
  session_id,
  request_id: z.string(),
  answer: z.union([z.string(), z.object({ answer: z.string(), comment: z.string().optional() })]),
  args_digest: z.string().optional(),
  remember: Remember.optional(),
});
export type Respond = z.infer<typeof Respond>;

export const UpdateSession = z.object({
  type: z.literal("update_session"),
  id,
  session_id,
  title: Title.optional(),
  model: z.string().min(1).max(200).optional(),
});
export type UpdateSession = z.infer<typeof UpdateSession>;

export const DeleteSession = z.object({ type: z.literal("delete_session"), id, session_id });
export type DeleteSession = z.infer<typeof DeleteSession>;

export const Ping = z.object({ type: z.literal("ping"), id });
export type Ping = z.infer<typeof Ping>;

/** Only where the upgrade carried no credentials and the gateway wants some. */
export const Auth = z.object({ type: z.literal("auth"), id: id.optional(), token: z.string().max(16_384) });
export type Auth = z.infer<typeof Auth>;

/** Everything a client may send; exactly one `ack`, `reject` or `subscribed` answers each. */
export const Command = z.discriminatedUnion("type", [
  Subscribe,
  Unsubscribe,
  Send,
  Unsend,
  SelectBranch,
  Stop,
  Respond,
  UpdateSession,
  DeleteSession,
  Ping,
]);
export type Command = z.infer<typeof Command>;
export type CommandType = Command["type"];
/** A command as it is written on the wire, before defaults are filled in. */
export type CommandInput = z.input<typeof Command>;
