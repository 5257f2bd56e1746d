import type { Redact } from "@millrace/agent";
import { frameOf, type LogStore, type Row } from "@millrace/store";
import type { RequestHandler, Response } from "express";
import { z } from "zod";
import type { Session } from "../session/session.ts";
import { EXPORT_NOTE, type ExportHeader } from "../transfer/export-header.ts";
import { attachment } from "../transfer/file-name.ts";
import { transcript } from "../transfer/transcript.ts";
import { principalOf } from "./authenticated.ts";
import { parameter, parse } from "./body.ts";
import { disjointRows } from "./disjoint-rows.ts";
import type { DoorContext } from "./sessions.ts";

export interface ExportContext extends Pick<DoorContext, "sessions" | "store"> {
  readonly redact: Redact;
}

const Query = z.strictObject({ format: z.enum(["jsonl", "md"]).default("jsonl") });
const TYPES = { jsonl: "application/x-ndjson", md: "text/markdown; charset=utf-8" } as const;
const PAGE = 100;

/** `GET /sessions/:id/export`: a session as a file, to keep and import again (`jsonl`) or to read (`md`). */
export function exportRoute({ sessions, store, redact }: ExportContext): RequestHandler {
  return async (request, response) => {
    const { format } = parse(Query, request.query);
    const session = await sessions.get(principalOf(response), "read", parameter(request, "id"));
    const { title, session_id } = session.summary;
    response.set("Content-Type", TYPES[format]);
    response.set("Content-Disposition", attachment(title, session_id, format));
    response.set("Millrace-Epoch", session.epoch);
    if (request.method === "HEAD") return void response.end();
    const pieces =
      format === "md" ? transcript(session.view, session.summary, Date.now(), redact) : lines(session, store);
    await writeAll(response, pieces);
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
  let before: Row | null = null;
  for (let after = 0; after < head; ) {
    const stored = (await store.read(session_id, after, PAGE)).filter(({ from }) => from <= head);
    const rows = disjointRows(session_id, before, stored);
    const last = rows.at(-1);
    if (last === undefined) throw new Error("The log ends before its head.");
    yield rows.map((row) => `${frameOf(session_id, row)}\n`).join("");
    after = last.seq;
    before = last;
  }
}

/** Only as fast as it is read. A failure ends the connection, so that nobody takes a part for the whole. */
async function writeAll(response: Response, pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (response.destroyed) return;
      if (response.write(piece)) continue;
      await new Promise<void>((resolve) => response.once("drain", resolve).once("close", resolve));
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}
