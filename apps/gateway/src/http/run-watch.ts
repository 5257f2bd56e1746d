import { type Event, isTerminal } from "@millrace/protocol";
import type { Cursor } from "../session/cursor.ts";
import type { Session } from "../session/session.ts";
import { cutOverlap } from "./cut-overlap.ts";

export interface RunWatchSink {
  writable(): boolean;
  /** An event of the run, in order. */
  event(event: Event): void;
  /** `ended`: the run's last event has been given out. `gone`: it will not be: the message was taken back, or the session went away. */
  end(reason: "ended" | "gone"): void;
}

/** What of a session a watch needs. */
type Watched = Pick<Session, "watch" | "unwatch" | "viewers" | "stopOpenRun">;

/** Follows the run that takes one message, from the message to the run's end. */
export class RunWatch {
  readonly #session: Watched;
  readonly #message_id: string;
  readonly #after: number;
  readonly #ownSession: boolean;
  #cursor: Cursor | null = null;
  #run_id: string | null = null;
  #last: Event | null = null;
  #over = false;

  /** @param ownSession the session was made for this caller: if nobody watches any more, the run is stopped */
  constructor(session: Watched, message_id: string, seq: number, ownSession: boolean) {
    this.#session = session;
    this.#message_id = message_id;
    this.#after = seq - 1;
    this.#ownSession = ownSession;
  }

  start(sink: RunWatchSink): void {
    if (this.#over) return;
    this.#cursor = this.#session.watch(this.#after, {
      writable: () => sink.writable(),
      event: ({ event }) => this.#see(event, sink),
      live: () => {},
      failed: () => this.#end(sink, "gone"),
      gone: () => this.#end(sink, "gone"),
    });
    this.#cursor.wake();
  }

  wake(): void {
    this.#cursor?.wake();
  }

  /** The caller left. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#cursor !== null) this.#session.unwatch(this.#cursor);
    if (this.#ownSession && this.#session.viewers === 0) this.#session.stopOpenRun();
  }

  #see(stored: Event, sink: RunWatchSink): void {
    if (this.#over) return;
    const event = cutOverlap(stored, this.#last);
    this.#last = event;
    if (event.type === "message_withdrawn" && event.message_id === this.#message_id) return this.#end(sink, "gone");
    if (takes(event, this.#message_id)) this.#run_id = event.run_id ?? null;
    if (this.#run_id === null || event.run_id !== this.#run_id) return;
    sink.event(event);
    if (isTerminal(event)) this.#end(sink, "ended");
  }

  #end(sink: RunWatchSink, reason: "ended" | "gone"): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#cursor !== null) this.#session.unwatch(this.#cursor);
    sink.end(reason);
  }
}

function takes(event: Event, message_id: string): boolean {
  if (event.type !== "session_start" && event.type !== "step") return false;
  return event.message_ids?.includes(message_id) ?? false;
}
