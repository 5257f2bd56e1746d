import { After, type Event } from "@millrace/protocol";
import type { LogStore } from "@millrace/store";
import type { RequestHandler, Response } from "express";
import { z } from "zod";
import { Rejection } from "../rejection.ts";
import type { Cursor } from "../session/cursor.ts";
import type { Session } from "../session/session.ts";
import { StoredEvent } from "../session/stored-event.ts";
import { tailAfter } from "../session/tail-after.ts";
import { principalOf } from "./authenticated.ts";
import { parameter, parse } from "./body.ts";
import { cutOverlap } from "./cut-overlap.ts";
import { type LogRange, logPages } from "./log-pages.ts";
import { holdStream, writeText } from "./open-answer.ts";
import type { DoorContext } from "./sessions.ts";
import { SseStream } from "./sse.ts";

const Query = z.strictObject({
  after: z.string().optional(),
  epoch: z.string().max(64).optional(),
  /** Only events that begin before this position. */
  before: z.coerce.number().int().positive().optional(),
  /** Begin before the n-th last message that lies before `before`, as `subscribe` does. */
  tail: z.coerce.number().int().min(1).max(1_000).optional(),
  /** Most events of the answer; a merged one counts once. */
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
});

/** `GET /sessions/:id/events`: the log as a JSON array, or as a live SSE stream that `Last-Event-ID` resumes. */
export function eventsRoute({ sessions, store, limits, shares }: DoorContext): RequestHandler {
  return async (request, response) => {
    const query = parse(Query, request.query);
    const session = await sessions.get(principalOf(response), "read", parameter(request, "id"));
    const after = parseAfter(query.after);
    response.set("Millrace-Epoch", session.epoch);
    if (request.method === "HEAD") return void response.type("json").end();
    if (request.accepts(["json", "text/event-stream"]) !== "text/event-stream") {
      holdStream(response, shares);
      const { before = session.head + 1, tail, limit } = query;
      const range = {
        after: tail === undefined ? after : tailAfter(session.view, tail, before),
        to: Math.min(session.head, before - 1),
        ...(limit === undefined ? {} : { limit }),
      };
      response.set("Millrace-After", String(range.after)).type("json");
      return writeText(response, array(store, session.session_id, range), limits);
    }
    if ((query.before ?? query.tail ?? query.limit) !== undefined)
      throw new Rejection("bad_request", "A stream has no pages.");
    holdStream(response, shares);
    if (response.destroyed) return;
    const resumed = readEventId(request.get("Last-Event-ID"));
    stream(session, resumed ?? { epoch: query.epoch ?? session.epoch, after }, response, limits);
  };
}

function parseAfter(text: string | undefined): number {
  if (text === undefined) return 0;
  const after = /^\d{1,16}$/.test(text) ? After.safeParse(Number(text)) : null;
  if (!after?.success) throw new Rejection("bad_cursor", "after: must be a position in the log");
  return after.data;
}

/** `<epoch>.<seq>`; null for what is not an id of ours, which counts as absent. */
function readEventId(text: string | undefined): { epoch: string; after: number } | null {
  const match = /^([\w-]{1,64})\.(\d{1,15})$/.exec(text ?? "");
  return match === null ? null : { epoch: match[1] as string, after: Number(match[2]) };
}

function stream(
  session: Session,
  from: { epoch: string; after: number },
  response: Response,
  limits: DoorContext["limits"],
): void {
  const sse = new SseStream(response, { comment_ms: limits.heartbeat_ms, stall_ms: limits.outgoing_ms });
  const reset = from.epoch !== session.epoch || from.after > session.head;
  if (reset) sse.data(JSON.stringify({ epoch: session.epoch, head: session.head }), { event: "reset" });
  let before: Event | null = null;
  const cursor: Cursor = session.watch(reset ? 0 : from.after, {
    writable: () => sse.writable,
    event: (stored) => {
      const event = cutOverlap(stored.event, before);
      before = event;
      const { frame } = event === stored.event ? stored : StoredEvent.merged(event);
      sse.data(frame, { id: `${session.epoch}.${stored.seq}` });
    },
    live: () => {},
    failed: () => sse.end(),
    gone: () => sse.end(),
  });
  sse.onDrain(() => cursor.wake());
  sse.onClose(() => session.unwatch(cursor));
  cursor.wake();
}

/** A part of the log as a JSON array, in pieces. */
async function* array(store: Pick<LogStore, "read">, session_id: string, range: LogRange): AsyncGenerator<string> {
  yield "[";
  let between = "";
  for await (const frames of logPages(store, session_id, range)) {
    yield `${between}${frames.join(",\n")}`;
    between = ",\n";
  }
  yield "]\n";
}
