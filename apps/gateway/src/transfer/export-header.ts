import { z } from "zod";

/** First line of an exported session. What follows are its events as they are on the wire, one a line. */
export const ExportHeader = z.object({
  millrace_export: z.literal(1),
  session_id: z.string(),
  epoch: z.string(),
  title: z.string(),
  model: z.string().nullable(),
  /** The events that follow reach at least this position. */
  head: z.number().int().nonnegative(),
  created_at: z.number(),
  /** Unix time in milliseconds. */
  exported_at: z.number(),
  note: z.string().optional(),
});
export type ExportHeader = z.infer<typeof ExportHeader>;

export const EXPORT_NOTE = "This is everything that was said and put out, secrets included.";
