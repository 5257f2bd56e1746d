import { type Event, type EventOf, fromOf, isTerminal, NO_USAGE } from "@millrace/protocol/fold";
import { DisconnectedError, RejectedError } from "./errors.ts";
import type { Outcome } from "./requests.ts";
import type { RunLink, StopRequest } from "./run-link.ts";
import type { Watch, WatchFrom } from "./types.ts";

/** Events, and UTF-16 code units of their text, that wait for the consumer: then the session is not watched until all are taken. */
export const BUFFERED_EVENTS = 1_000;
export const BUFFERED_TEXT: number = 512 * 1024;
const RETRY_MS = 1_000;

type Positioned = Extract<Event, { offset: number }>;

/** The end of a message that no run took. It is in no log. */
export function neverRan(session_id: string, seq: number, ts: number): EventOf<"cancelled"> {
  return { v: 1, type: "cancelled", session_id, seq, ts, content: "", steps: 0, usage: NO_USAGE };
}

/** Finds the run that takes one message and keeps its events until they are taken. */
export class RunReader {
  readonly #link: RunLink;
  readonly #message_id: string;
  readonly #unfollow: () => void;
  #events: Event[] = [];
  #text = 0;
  #session_id: string | null = null;
  #run_id: string | null = null;
  #watch: Watch | null = null;
  /** Where to watch on, once the consumer has taken everything; null while there is nothing to watch. */
  #paused: WatchFrom | null = null;
  #last: Event | null = null;
  #failure: Error | null = null;
  #ended = false;
  /** The consumer is gone: nothing is kept for it. */
  #left = false;
  #wake: () => void = () => {};
  /** `asking`: a `stop` or `unsend` is on its way; `asked`: the server has the one for this run (or for none yet). */
  #stopping: { asking: boolean; asked: string | null; granted: boolean } | null = null;

  constructor(link: RunLink, message_id: string) {
    this.#link = link;
    this.#message_id = message_id;
    this.#unfollow = link.follow((change) => (change === "up" ? this.#askToStop() : this.fail(change)));
  }

  /** The message is in the log at `after + 1`. */
  start(session_id: string, after: number): void {
    if (this.#ended) return;
    this.#session_id = session_id;
    this.#watchFrom({ after });
    this.#askToStop();
  }

  /** The message did not get into the log. */
  refused(reason: Error, session_id: string): void {
    if (this.#stopping === null || reason.name !== "AbortError") return this.fail(reason);
    this.#keep(neverRan(session_id, 0, this.#link.clock.now()));
    this.end();
  }

  /** The run, or the wait for one, is to end; that is asked again after a loss. */
  stop(): void {
    if (this.#ended) return;
    this.#stopping ??= { asking: false, asked: null, granted: false };
    if (this.#session_id !== null || !this.#link.takeBack(this.#message_id)) this.#askToStop();
  }

  /** Stops what has not ended and comes back when the server has that. */
  async leave(): Promise<void> {
    this.#left = true;
    this.#drop();
    this.stop();
    while (!this.#ended && !this.#stopping?.granted) await this.#woken();
  }

  /** No further events; those that are buffered can still be taken. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#paused = null;
    this.#watch?.close();
    this.#unfollow();
    this.#wake();
  }

  fail(failure: Error): void {
    if (this.#ended) return;
    this.#failure = failure;
    this.end();
  }

  /** The next event, or null after the last. */
  async take(): Promise<Event | null> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      this.#drop();
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return null;
      if (this.#paused !== null) this.#watchFrom(this.#paused);
      await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #drop(): void {
    this.#events = [];
    this.#text = 0;
  }

  #watchFrom(from: WatchFrom): void {
    if (this.#session_id === null) return;
    this.#paused = null;
    this.#watch = this.#link.watch(
      this.#session_id,
      {
        onEvents: (events) => {
          for (const event of events) this.#receive(event);
        },
        onReset: () => this.fail(new DisconnectedError("The history of the session was replaced.")),
        onLive: () => {},
        onState: (state) => {
          if (state === "gone") this.fail(new RejectedError("not_found", "The session is gone."));
        },
      },
      from,
    );
  }

  #receive(event: Event): void {
    if (this.#ended) return;
    const fresh = withoutSeen(event, this.#last);
    this.#last = event;
    if (!this.#isMine(event)) return;
    this.#keep(fresh);
    if (event.type === "message_withdrawn") this.#keep(neverRan(event.session_id, event.seq, event.ts));
    if (event.type === "message_withdrawn" || isTerminal(event)) this.end();
    else if (this.#events.length >= BUFFERED_EVENTS || this.#text >= BUFFERED_TEXT) {
      const epoch = this.#watch?.epoch ?? null;
      this.#watch?.close();
      this.#paused = { after: event.seq, ...(epoch !== null && { epoch }) };
    }
    this.#wake();
  }

  #keep(event: Event): void {
    if (this.#left) return;
    this.#events.push(event);
    if ("content" in event && typeof event.content === "string") this.#text += event.content.length;
  }

  #isMine(event: Event): boolean {
    switch (event.type) {
      case "user_message":
      case "message_withdrawn":
        return event.message_id === this.#message_id;
      case "session_start":
      case "step":
        if (Array.isArray(event.message_ids) && event.message_ids.includes(this.#message_id)) {
          this.#run_id = event.run_id ?? null;
          this.#askToStop();
        }
    }
    return this.#run_id !== null && event.run_id === this.#run_id;
  }

  #askToStop(): void {
    const stopping = this.#stopping;
    const target = this.#run_id ?? this.#message_id;
    if (this.#ended || this.#session_id === null || stopping === null) return;
    if (stopping.asking || stopping.asked === target) return;
    const onOutcome = (outcome: Outcome): void => {
      stopping.asking = false;
      if (outcome?.type === "reject" && (outcome.code === "rate_limited" || outcome.code === "storage_unavailable")) {
        this.#link.clock.after(outcome.retry_after_ms ?? RETRY_MS, () => this.#askToStop());
        return;
      }
      if (outcome !== null) stopping.asked = target;
      if (outcome?.type === "ack") stopping.granted = true;
      this.#wake();
      // A message that could not be taken back is in a run by now: stop that.
      if (target !== this.#run_id) this.#askToStop();
    };
    stopping.asking = this.#link.ask(this.#stopRequest(this.#session_id), onOutcome);
  }

  #stopRequest(session_id: string): StopRequest {
    return this.#run_id === null
      ? { type: "unsend", session_id, message_id: this.#message_id }
      : { type: "stop", session_id, run_id: this.#run_id };
  }
}

/** A merged delta may begin before what the consumer has: the part it has is cut. */
function withoutSeen(event: Event, last: Event | null): Event {
  if (last === null || !isPositioned(last) || !isPositioned(event) || fromOf(event) > last.seq) return event;
  const offset = last.offset + last.content.length;
  return { ...event, from: last.seq + 1, offset, content: event.content.slice(offset - event.offset) };
}

function isPositioned(event: Event): event is Positioned {
  return "offset" in event && typeof event.offset === "number" && typeof event.content === "string";
}
