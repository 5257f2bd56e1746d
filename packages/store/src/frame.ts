import { type Event, fromOf, type NewEvent, PROTOCOL_VERSION } from "@millrace/protocol";
import type { Row } from "./log-store.ts";

/** The row of an event at its place. */
export function rowOf(event: NewEvent, seq: number): Row {
  return { seq, from: seq, body: JSON.stringify(event) };
}

/** The row of an event that already has its place, merged or not. */
export function rowOfEvent(event: Event): Row {
  const { v: _v, session_id: _session, seq, from: _from, ...body } = event;
  return { seq, from: fromOf(event), body: JSON.stringify(body) };
}

/** The frame of a row: the JSON text that viewers receive. */
export function frameOf(session_id: string, row: Row): string {
  const from = row.from === row.seq ? "" : `,"from":${row.from}`;
  return `{"v":${PROTOCOL_VERSION},"session_id":${JSON.stringify(session_id)},"seq":${row.seq}${from},${row.body.slice(1)}`;
}

/** The event of a row. */
export function eventOf(session_id: string, row: Row): Event {
  return placed(session_id, row, JSON.parse(row.body) as NewEvent);
}

/** An event put at the place of its row. */
export function placed(session_id: string, row: Pick<Row, "seq" | "from">, event: NewEvent): Event {
  const range = row.from === row.seq ? { seq: row.seq } : { seq: row.seq, from: row.from };
  return { v: PROTOCOL_VERSION, session_id, ...range, ...event } as Event;
}
