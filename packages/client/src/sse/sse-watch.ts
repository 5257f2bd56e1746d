import { place, type SessionSummary } from "@millrace/protocol/fold";
import { RejectedError } from "../errors.ts";
import { readFrame } from "../frames.ts";
import { type Http, path } from "../http.ts";
import { backoff } from "../policy.ts";
import type { Clock, Watch, WatchFrom, WatchHandlers, WatchState } from "../types.ts";
import { EventStreamParser, type ServerEvent } from "./event-stream.ts";
import { isFinal, leastWait } from "./final.ts";

/** A stream that is silent for this long is dead: the gateway writes a comment every 15 s. */
const SILENCE_MS = 45_000;

export interface SseParts {
  readonly http: Http;
  readonly clock: Clock;
  /** In [0, 1); spreads the reconnects. */
  readonly random: () => number;
  /** The gateway does not let this client in. */
  readonly refused: (error: Error) => void;
}

/** One session, read over `GET …/events` as an event stream, from a cursor on and over every loss, until it is closed. */
export class SseWatch implements Watch {
  readonly session_id: string;
  readonly #parts: SseParts;
  readonly #handlers: WatchHandlers;
  #cursor: number;
  #epoch: string | null;
  #closed = false;
  #state: WatchState = "subscribing";
  /** Attempts since an event last came through. */
  #attempt = 0;
  /** Events up to here are history; null while that is not known. */
  #head: number | null = null;
  #abort: AbortController = new AbortController();
  #cancelTimer: () => void = () => {};

  constructor(parts: SseParts, session_id: string, handlers: WatchHandlers, from: WatchFrom) {
    this.session_id = session_id;
    this.#parts = parts;
    this.#handlers = handlers;
    this.#cursor = from.after ?? 0;
    this.#epoch = from.epoch ?? null;
    queueMicrotask(() => void this.#read());
  }

  get cursor(): number {
    return this.#cursor;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    if (this.#closed) return;
    this.#enter("subscribing");
    this.#attempt += 1;
    this.#abort = new AbortController();
    let least = 0;
    try {
      await this.#readBody(await this.#request());
    } catch (error) {
      if (error instanceof RejectedError && error.code === "not_found") {
        this.#enter("gone");
        return this.close();
      }
      if (isFinal(error)) {
        this.close();
        return this.#parts.refused(error);
      }
      // Anything else is a loss: the cursor stays, and the next attempt reads on.
      least = leastWait(error);
    }
    this.#abort.abort();
    if (this.#closed) return;
    this.#wait(Math.max(least, Math.round(this.#parts.random() * backoff(this.#attempt))), () => void this.#read());
  }

  #request(): Promise<Response> {
    const epoch = this.#epoch;
    this.#wait(SILENCE_MS, () => this.#abort.abort());
    return this.#parts.http.open(path("sessions", this.session_id, "events"), {
      headers: {
        accept: "text/event-stream",
        ...(epoch !== null && { "last-event-id": `${epoch}.${this.#cursor}` }),
      },
      ...(epoch === null && { query: { after: this.#cursor } }),
      signal: this.#abort.signal,
    });
  }

  async #readBody(response: Response): Promise<void> {
    this.#epoch ??= response.headers.get("millrace-epoch");
    this.#enter("catching_up");
    void this.#findHead();
    const reader = response.body?.getReader();
    const parser = new EventStreamParser();
    for (;;) {
      const read = await reader?.read();
      if (read?.value === undefined || this.#closed) return;
      this.#wait(SILENCE_MS, () => this.#abort.abort());
      for (const event of parser.push(read.value)) if (!this.#take(event)) return;
    }
  }

  /** False where the stream is of no further use. */
  #take({ id, event, data }: ServerEvent): boolean {
    if (this.#closed) return false;
    if (event === "reset") return this.#restart(data);
    const frame = readFrame(data);
    if (frame?.kind !== "event") return true;
    const placed = place({ seq: this.#cursor }, frame.event);
    if (placed === "next") {
      this.#handlers.onEvents([frame.event]);
      this.#cursor = frame.event.seq;
      this.#epoch = id.slice(0, Math.max(0, id.lastIndexOf("."))) || this.#epoch;
      this.#attempt = 0;
      this.#look();
    }
    return placed !== "hole";
  }

  #restart(data: string): boolean {
    const { epoch } = JSON.parse(data) as { epoch?: unknown };
    this.#epoch = typeof epoch === "string" ? epoch : null;
    this.#cursor = 0;
    this.#handlers.onReset(0);
    return true;
  }

  /** An event stream does not say where history ends. Not knowing changes only when `live` is told. */
  async #findHead(): Promise<void> {
    this.#head = null;
    const { session_id } = this;
    const found = await this.#parts.http.json<SessionSummary>(path("sessions", session_id)).catch(() => null);
    this.#head = found?.head ?? null;
    this.#look();
  }

  #look(): void {
    if (this.#closed || this.#state !== "catching_up" || this.#head === null || this.#cursor < this.#head) return;
    this.#enter("live");
    this.#handlers.onLive(this.#cursor);
  }

  #enter(state: WatchState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.#handlers.onState?.(state);
  }

  #wait(ms: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.clock.after(ms, callback);
  }
}
