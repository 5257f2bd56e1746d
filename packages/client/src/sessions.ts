import type { SessionSummary } from "@millrace/protocol";
import { type Http, path } from "./http.ts";
import { LiveSession, type SessionDoor } from "./live-session.ts";
import type { SessionPage, SessionQuery } from "./types.ts";

/** An export may be long: it is given this long to arrive. */
const EXPORT_MS = 300_000;

/** The caller's sessions, over HTTP: these calls need no connection. */
export class SessionsResource {
  readonly #http: Http;
  readonly #door: SessionDoor;

  constructor(http: Http, door: SessionDoor) {
    this.#http = http;
    this.#door = door;
  }

  /** Newest first. */
  list(query: SessionQuery = {}): Promise<SessionPage> {
    return this.#http.json(path("sessions"), { query: { ...query } });
  }

  /** Those whose title or text has `q`. */
  search(q: string, query: Omit<SessionQuery, "q"> = {}): Promise<SessionPage> {
    return this.list({ q, ...query });
  }

  create(session: { title?: string } = {}): Promise<SessionSummary> {
    return this.#http.json(path("sessions"), { method: "POST", body: session });
  }

  get(session_id: string): Promise<SessionSummary> {
    return this.#http.json(path("sessions", session_id));
  }

  rename(session_id: string, title: string): Promise<SessionSummary> {
    return this.#http.json(path("sessions", session_id), { method: "PATCH", body: { title } });
  }

  /** Stops its run, too. */
  delete(session_id: string): Promise<void> {
    return this.#http.json(path("sessions", session_id), { method: "DELETE" });
  }

  /** The whole session as text: `jsonl`, a header and then an event in each line, or `md` for people. */
  export(session_id: string, format: "jsonl" | "md" = "jsonl"): Promise<string> {
    const signal = AbortSignal.timeout(EXPORT_MS);
    return this.#http.text(path("sessions", session_id, "export"), { query: { format }, signal });
  }

  /** A session to look at and to talk to. Asks nothing by itself: it is read while somebody subscribes to it. */
  open(session_id: string): LiveSession {
    return new LiveSession(this.#door, session_id);
  }
}
