import type { Redact } from "@millrace/agent";
import type { LogStore } from "@millrace/store";
import type { RequestHandler } from "express";
import { z } from "zod";
import type { Session } from "../session/session.ts";
import { EXPORT_NOTE, type ExportHeader } from "../transfer/export-header.ts";
import { attachment } from "../transfer/file-name.ts";
import { transcript } from "../transfer/transcript.ts";
import { principalOf } from "./authenticated.ts";
import { parameter, parse } from "./body.ts";
import { logPages } from "./log-pages.ts";
import { holdStream, writeText } from "./open-answer.ts";
import type { DoorContext } from "./sessions.ts";

export interface ExportContext extends Pick<DoorContext, "sessions" | "store" | "limits" | "shares"> {
  readonly redact: Redact;
}

const Query = z.strictObject({ format: z.enum(["jsonl", "md"]).default("jsonl") });
const TYPES = { jsonl: "application/x-ndjson", md: "text/markdown; charset=utf-8" } as const;

/** `GET /sessions/:id/export`: a session as a file, to keep and import again (`jsonl`) or to read (`md`). */
export function exportRoute({ sessions, store, limits, shares, redact }: ExportContext): RequestHandler {
  return async (request, response) => {
    const { format } = parse(Query, request.query);
    const session = await sessions.get(principalOf(response), "read", parameter(request, "id"));
    if (request.method !== "HEAD") holdStream(response, shares);
    const { title, session_id } = session.summary;
    response.set("Content-Type", TYPES[format]);
    response.set("Content-Disposition", attachment(title, session_id, format));
    response.set("Millrace-Epoch", session.epoch);
    if (request.method === "HEAD") return void response.end();
    const pieces =
      format === "md" ? transcript(session.view, session.summary, Date.now(), redact) : lines(session, store);
    await writeText(response, pieces, limits);
  };
}

/** The log up to its present head, as it is stored. */
async function* lines(session: Session, store: Pick<LogStore, "read">): AsyncGenerator<string> {
  const { epoch, head, summary } = session;
  const { session_id, title, model, created_at } = summary;
  const header: ExportHeader = {
    millrace_export: 1,
    session_id,
    epoch,
    title,
    model,
    head,
    created_at,
    exported_at: Date.now(),
    note: EXPORT_NOTE,
  };
  yield `${JSON.stringify(header)}\n`;
  for await (const frames of logPages(store, session_id, { after: 0, to: head })) yield `${frames.join("\n")}\n`;
}
