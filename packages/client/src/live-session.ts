import { type Ack, emptyView, evolve, openTurn, type Respond, type View } from "@millrace/protocol/fold";
import type { StreamChunk } from "./chunk.ts";
import { collect, type RunResult } from "./collect.ts";
import { RejectedError } from "./errors.ts";
import { type MessageOptions, outgoing, type StreamOptions } from "./stream-options.ts";
import type {
  Clock,
  OutgoingMessage,
  RespondOptions,
  SentMessage,
  Watch,
  WatchFrom,
  WatchHandlers,
  WatchState,
} from "./types.ts";
import { createListeners } from "./value.ts";

/** What a session is seen and spoken to through: a client, whatever its wire is. */
export interface SessionDoor {
  readonly clock: Clock;
  connect(): void;
  watch(session_id: string, handlers: WatchHandlers, from?: WatchFrom): Watch;
  send(message: OutgoingMessage): SentMessage;
  stream(content: string, options?: StreamOptions): AsyncIterable<StreamChunk>;
  stop(session_id: string, run_id: string): Promise<Ack>;
  unsend(session_id: string, message_id: string): Promise<Ack>;
  selectBranch(session_id: string, message_id: string): Promise<Ack>;
  respond(session_id: string, request_id: string, answer: Respond["answer"], options?: RespondOptions): Promise<Ack>;
}

type InSession = Omit<StreamOptions, "sessionId">;

/** Listeners are told at most this often while events stream in, and at once when the history is complete. */
const TELL_MS = 16;

/**
 * One session, folded as it grows. `view` and `subscribe` are bound: `useSyncExternalStore(session.subscribe,
 * session.view)` works as it is. The session is read while there is a listener; later ones go on where it stopped.
 */
export class LiveSession {
  readonly session_id: string;
  readonly #door: SessionDoor;
  readonly #listeners = createListeners<void>();
  #listening = 0;
  #watch: Watch | null = null;
  #epoch: string | null = null;
  #view: View = emptyView();
  #state: WatchState = "subscribing";
  #cancelTimer: (() => void) | null = null;

  constructor(door: SessionDoor, session_id: string) {
    this.#door = door;
    this.session_id = session_id;
  }

  /** The same object until an event changes it. */
  readonly view = (): View => this.#view;

  /** `live`: the view holds everything. `gone`: there is no such session (any more). */
  readonly state = (): WatchState => this.#state;

  /** Calls back after changes of `view` or `state`; returns its undo. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const remove = this.#listeners.add(listener);
    this.#listening += 1;
    if (this.#listening === 1) this.#open();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      remove();
      this.#listening -= 1;
      if (this.#listening === 0) this.#close();
    };
  };

  /** The view once it holds everything. Rejects with RejectedError where there is no such session. */
  ready(): Promise<View> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const look = (): void => {
        if (settled || (this.#state !== "live" && this.#state !== "gone")) return;
        settled = true;
        // Not from within: the watch that tells this may not have been handed out yet.
        queueMicrotask(() => leave());
        if (this.#state === "live") resolve(this.#view);
        else reject(new RejectedError("not_found", "The session is gone."));
      };
      const leave = this.subscribe(look);
      look();
    });
  }

  stream(content: string, options: InSession = {}): AsyncIterable<StreamChunk> {
    return this.#door.stream(content, { ...options, sessionId: this.session_id });
  }

  run(content: string, options: InSession = {}): Promise<RunResult> {
    return collect(this.stream(content, options));
  }

  send(content: string, options: MessageOptions = {}): SentMessage {
    this.#door.connect();
    return this.#door.send(outgoing(content, this.session_id, options));
  }

  /** Stops the open run, if there is one; comes back when that is in the log. */
  async stop(): Promise<"stopping" | "already_ended"> {
    const turn = openTurn(await this.ready());
    if (turn === null) return "already_ended";
    return (await this.#door.stop(this.session_id, turn.run_id)).outcome ?? "stopping";
  }

  /** Takes back a message that no run has yet. */
  unsend(message_id: string): Promise<Ack> {
    return this.#door.unsend(this.session_id, message_id);
  }

  /** Shows the branch of a message: `view().turns` has its runs, and `turn.branch` those that took each other's place. */
  selectBranch(message_id: string): Promise<Ack> {
    return this.#door.selectBranch(this.session_id, message_id);
  }

  respond(request_id: string, answer: Respond["answer"], options?: RespondOptions): Promise<Ack> {
    return this.#door.respond(this.session_id, request_id, answer, options);
  }

  #open(): void {
    this.#door.connect();
    this.#watch = this.#door.watch(
      this.session_id,
      {
        onEvents: (events) => {
          for (const event of events) this.#view = evolve(this.#view, event);
          this.#cancelTimer ??= this.#door.clock.after(TELL_MS, () => this.#tell());
        },
        onReset: (after) => {
          this.#view = emptyView(after);
          this.#tell();
        },
        onLive: () => this.#tell(),
        onState: (state) => this.#enter(state),
      },
      { after: this.#view.seq, ...(this.#epoch !== null && { epoch: this.#epoch }) },
    );
  }

  #close(): void {
    this.#epoch = this.#watch?.epoch ?? this.#epoch;
    this.#watch?.close();
    this.#watch = null;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#state !== "gone") this.#state = "subscribing";
  }

  #enter(state: WatchState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#listeners.tell();
  }
}
