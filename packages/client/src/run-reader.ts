import { type Event, fromOf } from "@millrace/protocol";
import { DisconnectedError, RejectedError } from "./errors.ts";
import type { Outcome, Request } from "./requests.ts";
import type { StreamParts } from "./stream.ts";
import type { Watch, WatchFrom } from "./types.ts";

/** Events that wait for the consumer; when they are this many, the session is not watched until all are taken. */
export const BUFFERED_EVENTS = 1_000;
const RETRY_MS = 1_000;

type Positioned = Extract<Event, { offset: number }>;

/** Finds the run that takes one message and keeps its events until they are taken. */
export class RunReader {
  readonly #parts: StreamParts;
  readonly #message_id: string;
  readonly #leave: () => void;
  readonly #events: Event[] = [];
  #session_id: string | null = null;
  #run_id: string | null = null;
  #watch: Watch | null = null;
  /** Where to watch on, once the consumer has taken everything; null while there is nothing to watch. */
  #paused: WatchFrom | null = null;
  #last: Event | null = null;
  #failure: Error | null = null;
  #ended = false;
  #wake: () => void = () => {};
  /** `asking`: a `stop` or `unsend` is on its way; `asked`: the server has the one for this run (or for none yet). */
  #stopping: { asking: boolean; asked: string | null } | null = null;

  constructor(parts: StreamParts, message_id: string) {
    this.#parts = parts;
    this.#message_id = message_id;
    this.#leave = parts.connection.state.subscribe(() => this.#connectionChanged());
  }

  /** The message is in the log at `after + 1`. */
  start(session_id: string, after: number): void {
    if (this.#ended) return;
    this.#session_id = session_id;
    this.#watchFrom({ after });
    this.#askToStop();
  }

  /** The run, or the wait for one, is to end; that is asked again after a loss. */
  stop(): void {
    this.#stopping ??= { asking: false, asked: null };
    this.#askToStop();
  }

  /** No further events; those that are buffered can still be taken. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#paused = null;
    this.#watch?.close();
    this.#leave();
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
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return null;
      if (this.#paused !== null) this.#watchFrom(this.#paused);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #watchFrom(from: WatchFrom): void {
    if (this.#session_id === null) return;
    this.#paused = null;
    this.#watch = this.#parts.subscriptions.watch(
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
    const fresh = withoutSeen(event, this.#last);
    this.#last = event;
    if (!this.#isMine(event)) return;
    this.#events.push(fresh);
    if (event.type === "message_withdrawn" || endsRun(event)) this.end();
    else if (this.#events.length >= BUFFERED_EVENTS) {
      const epoch = this.#watch?.epoch ?? null;
      this.#watch?.close();
      this.#paused = { after: event.seq, ...(epoch !== null && { epoch }) };
    }
    this.#wake();
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

  #connectionChanged(): void {
    const shown = this.#parts.connection.state.get();
    if (shown.state === "online") this.#askToStop();
    if (shown.state === "idle") this.fail(new DisconnectedError("The client was closed."));
    if (shown.state === "closed") this.fail(new DisconnectedError(`The server closed with ${shown.code}.`));
  }

  #askToStop(): void {
    const { requests, clock } = this.#parts;
    const stopping = this.#stopping;
    const target = this.#run_id ?? this.#message_id;
    if (this.#ended || this.#session_id === null || stopping === null) return;
    if (stopping.asking || stopping.asked === target) return;
    const onOutcome = (outcome: Outcome): void => {
      stopping.asking = false;
      if (outcome?.type === "reject" && (outcome.code === "rate_limited" || outcome.code === "storage_unavailable")) {
        clock.after(outcome.retry_after_ms ?? RETRY_MS, () => this.#askToStop());
        return;
      }
      if (outcome !== null) stopping.asked = target;
      // A message that could not be taken back is in a run by now: stop that.
      if (target !== this.#run_id) this.#askToStop();
    };
    stopping.asking = requests.start(this.#stopRequest(this.#session_id), onOutcome) !== null;
  }

  #stopRequest(session_id: string): Request {
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

function endsRun({ type }: Event): boolean {
  return type === "done" || type === "cancelled" || type === "error";
}

function isPositioned(event: Event): event is Positioned {
  return "offset" in event && typeof event.offset === "number" && typeof event.content === "string";
}
