import { z } from "zod";
import { LIMITS } from "./limits.ts";

/** A file that was uploaded for messages. The log names it; its bytes lie beside the log. */
export const MessageAttachment = z.object({
  attachment_id: z.string().min(1).max(64),
  /** One line, without a folder. */
  name: z.string().max(200),
  media_type: z.string().max(100),
  /** Bytes. */
  size: z.number().int().nonnegative(),
});
export type MessageAttachment = z.infer<typeof MessageAttachment>;

/** What a message brings with it. Any string is well-formed: one that names no file of the caller's is `not_found`. */
export const AttachmentIds = z
  .array(z.string().min(1).max(64))
  .max(LIMITS.attachments)
  .refine((ids) => new Set(ids).size === ids.length, "must be different ones");

/** The answer to an upload. `digest`: SHA-256 of the bytes as 64 hexadecimal digits. */
export const UploadedAttachment = MessageAttachment.extend({ digest: z.string() });
export type UploadedAttachment = z.infer<typeof UploadedAttachment>;
