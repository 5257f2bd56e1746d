import type { Ack, ControlFrame, Notice, Respond, SessionChanged, UploadedAttachment } from "@millrace/protocol";
import type { StreamChunk } from "./chunk.ts";
import { systemClock } from "./clock.ts";
import { collect, type RunResult } from "./collect.ts";
import { Connection } from "./connection.ts";
import { readFrame } from "./frames.ts";
import { Http, path } from "./http.ts";
import type { SessionDoor } from "./live-session.ts";
import { Outbox } from "./outbox.ts";
import { Requests } from "./requests.ts";
import { SessionsResource } from "./sessions.ts";
import { socketUrl } from "./socket.ts";
import { socketLink } from "./socket-link.ts";
import { streamRun } from "./stream.ts";
import type { StreamOptions } from "./stream-options.ts";
import { Subscriptions } from "./subscriptions.ts";
import type * as api from "./types.ts";
import { createListeners } from "./value.ts";

/** One gateway as its user sees it. Puts the parts together; each frame goes from here to the one part it concerns. */
export class MillraceClient implements SessionDoor {
  readonly clock: api.Clock;
  readonly sessions: SessionsResource;
  readonly #http: Http;
  readonly #connection: Connection;
  readonly #requests: Requests;
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox;
  readonly #sessionChanges = createListeners<SessionChanged>();
  readonly #notices = createListeners<Notice>();
  #wasOnline = false;

  constructor(options: api.ClientOptions) {
    const {
      url,
      token,
      WebSocket = globalThis.WebSocket,
      clock = systemClock,
      random = Math.random,
      storage,
    } = options;
    this.clock = clock;
    this.#http = new Http(options);
    this.sessions = new SessionsResource(this.#http, this);
    const onText = (text: string): void => this.#receive(text);
    const ping = (): void => void this.#requests.start({ type: "ping" }, () => {});
    this.#connection = new Connection({ url: socketUrl(url), token, WebSocket, clock, random, onText, ping });
    this.#requests = new Requests(this.#connection);
    this.#subscriptions = new Subscriptions(this.#requests, clock);
    this.#outbox = new Outbox(this.#requests, clock, storage);
    this.#connection.state.subscribe(() => this.#connectionChanged());
  }

  get connection(): api.Readable<api.ConnectionState> {
    return this.#connection.state;
  }

  get outbox(): api.Readable<readonly api.OutboxEntry[]> {
    return this.#outbox.entries;
  }

  /** Throws a TypeError where there is no WebSocket. */
  connect(): void {
    this.#connection.input({ type: "connect" });
  }

  /** Lets go of the connection. Watches and the outbox stay, and go on after the next `connect`. */
  close(): void {
    this.#connection.input({ type: "close" });
  }

  /** For "Try now", `online` and `visibilitychange`: does not wait for the next attempt, and notices a dead socket. */
  retryNow(): void {
    this.#connection.input({ type: "retry_now" });
  }

  /** For `offline`: asks the socket whether it is alive, and lets go of it where nothing comes within seconds. */
  probe(): void {
    this.#connection.input({ type: "doubt" });
  }

  /** Reads a session from a cursor on, over all reconnects, until the watch is closed. Handlers are never called from within. */
  watch(session_id: string, handlers: api.WatchHandlers, from?: api.WatchFrom): api.Watch {
    return this.#subscriptions.watch(session_id, handlers, from);
  }

  /** Kept and sent again until the server has it or refuses it. Messages of one session arrive in order. */
  send(message: api.OutgoingMessage): api.SentMessage {
    return this.#outbox.send(message);
  }

  /**
   * Drops a message that waits or was rejected; false where it is on its way or acknowledged (see `unsend`). One that
   * was on its way when a connection was lost may have arrived all the same.
   */
  withdraw(message_id: string): boolean {
    return this.#outbox.withdraw(message_id);
  }

  /** The commands below reject with RejectedError, or with DisconnectedError where no answer came. */
  stop(session_id: string, run_id: string): Promise<Ack> {
    return this.#requests.ask({ type: "stop", session_id, run_id });
  }

  unsend(session_id: string, message_id: string): Promise<Ack> {
    return this.#requests.ask({ type: "unsend", session_id, message_id });
  }

  /** Shows the branch of a message, for every viewer and the model: up to it, and on to where that branch was last. */
  selectBranch(session_id: string, message_id: string): Promise<Ack> {
    return this.#requests.ask({ type: "select_branch", session_id, message_id });
  }

  respond(
    session_id: string,
    request_id: string,
    answer: Respond["answer"],
    options: api.RespondOptions = {},
  ): Promise<Ack> {
    return this.#requests.ask({ type: "respond", session_id, request_id, answer, ...options });
  }

  updateSession(session_id: string, change: { title?: string; model?: string }): Promise<Ack> {
    return this.#requests.ask({ type: "update_session", session_id, ...change });
  }

  deleteSession(session_id: string): Promise<Ack> {
    return this.#requests.ask({ type: "delete_session", session_id });
  }

  /** Every session of the user, watched or not. */
  onSessionChanged(listener: (change: SessionChanged) => void): () => void {
    return this.#sessionChanges.add(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#notices.add(listener);
  }

  /** Uploads an image, or a text in UTF-8, for messages. `name` may be in any script. */
  upload(file: Blob, name: string): Promise<UploadedAttachment> {
    const headers = { "content-type": file.type, "x-file-name": encodeURIComponent(name) };
    return this.#http.json(path("attachments"), { method: "POST", body: file, headers });
  }

  models(): Promise<api.Models> {
    return this.#http.json(path("models"));
  }

  tools(): Promise<api.Tools> {
    return this.#http.json(path("tools"));
  }

  /** See {@link streamRun}. Connects where nobody did. */
  stream(content: string, options?: StreamOptions): AsyncIterable<StreamChunk> {
    const [connection, outbox] = [this.#connection, this.#outbox];
    const link = socketLink(
      { connection, outbox, requests: this.#requests, subscriptions: this.#subscriptions },
      this.clock,
    );
    return streamRun(link, content, options);
  }

  /** The same as {@link stream}. */
  runStream(content: string, options?: StreamOptions): AsyncIterable<StreamChunk> {
    return this.stream(content, options);
  }

  /** Waits for the end of the run. A run that failed is a result with `error`; throws what {@link stream} throws. */
  run(content: string, options?: StreamOptions): Promise<RunResult> {
    return collect(this.stream(content, options));
  }

  #receive(text: string): void {
    const frame = readFrame(text);
    if (frame === null) return;
    if (frame.kind === "event") this.#subscriptions.event(frame.event);
    else this.#control(frame.control);
  }

  #control(frame: ControlFrame): void {
    switch (frame.type) {
      case "welcome": {
        const { connection_id, user, heartbeat_ms, limits } = frame;
        this.#requests.limit(limits);
        this.#connection.input({ type: "welcome", connection_id, user, heartbeat_ms });
        break;
      }
      case "ack":
      case "reject":
      case "subscribed":
        this.#requests.settle(frame);
        break;
      case "live":
        this.#subscriptions.live(frame);
        break;
      case "heartbeat":
        this.#subscriptions.heartbeat(frame);
        break;
      case "session_changed":
        if (frame.status === "deleted") this.#subscriptions.gone(frame.session_id);
        this.#sessionChanges.tell(frame);
        break;
      case "notice":
        this.#notices.tell(frame);
        break;
      case "draining":
        this.#connection.input({ type: "draining" });
        break;
    }
  }

  #connectionChanged(): void {
    const { online } = this.#connection;
    if (online === this.#wasOnline) return;
    this.#wasOnline = online;
    if (online) {
      this.#subscriptions.online();
      this.#outbox.online();
    } else {
      this.#requests.lose();
      this.#subscriptions.offline();
    }
  }
}
