import type { Ack, Respond, UploadedAttachment } from "@millrace/protocol";
import type { StreamChunk } from "../chunk.ts";
import { systemClock } from "../clock.ts";
import { collect, type RunResult } from "../collect.ts";
import { DisconnectedError, RejectedError } from "../errors.ts";
import { Http, path } from "../http.ts";
import type { SessionDoor } from "../live-session.ts";
import type { Outcome } from "../requests.ts";
import type { RunLink, StopRequest } from "../run-link.ts";
import { SessionsResource } from "../sessions.ts";
import { streamRun } from "../stream.ts";
import type { StreamOptions } from "../stream-options.ts";
import type * as api from "../types.ts";
import { createListeners } from "../value.ts";
import { isFinal } from "./final.ts";
import { SseOutbox } from "./sse-outbox.ts";
import { type SseParts, SseWatch } from "./sse-watch.ts";

export type SseClientOptions = Omit<api.ClientOptions, "WebSocket" | "storage">;

/** A stop that found nobody is asked again after this. */
const ASK_AGAIN_MS = 1_000;

/**
 * A gateway over HTTP alone: events by server-sent events, commands by POST. For places without WebSockets; it does
 * what {@link MillraceClient} does, but for the connection's state, the outbox that outlives a reload, and `tail`.
 */
export class MillraceSseClient implements SessionDoor {
  readonly clock: api.Clock;
  readonly sessions: SessionsResource;
  readonly #http: Http;
  readonly #parts: SseParts;
  readonly #outbox: SseOutbox;
  readonly #watches = new Set<SseWatch>();
  readonly #changes = createListeners<"up" | Error>();
  #closed: Error | null = null;

  constructor(options: SseClientOptions) {
    const { clock = systemClock, random = Math.random } = options;
    this.clock = clock;
    this.#http = new Http(options);
    this.#parts = { http: this.#http, clock, random, refused: (error) => this.#end(error) };
    this.#outbox = new SseOutbox(this.#parts);
    this.sessions = new SessionsResource(this.#http, this);
  }

  /** There is nothing to open. */
  connect(): void {}

  /** Ends every watch and stream, for good. */
  close(): void {
    this.#end(new DisconnectedError("The client was closed."));
  }

  /** Reads a session from a cursor on, over all losses, until the watch is closed. Knows no `tail`: it begins at `after`. */
  watch(session_id: string, handlers: api.WatchHandlers, from: api.WatchFrom = {}): api.Watch {
    const watch = new SseWatch(this.#parts, session_id, handlers, from);
    if (this.#closed !== null) watch.close();
    else this.#watches.add(watch);
    return {
      session_id,
      get cursor() {
        return watch.cursor;
      },
      get epoch() {
        return watch.epoch;
      },
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  /** Posted again until the gateway has it or refuses it. A lost answer may leave an empty session behind. */
  send(message: api.OutgoingMessage): api.SentMessage {
    return this.#outbox.send(message);
  }

  /** See {@link streamRun}. */
  stream(content: string, options?: StreamOptions): AsyncIterable<StreamChunk> {
    return streamRun(this.#link(), content, options);
  }

  /** The same as {@link stream}. */
  runStream(content: string, options?: StreamOptions): AsyncIterable<StreamChunk> {
    return this.stream(content, options);
  }

  /** Waits for the end of the run. A run that failed is a result with `error`; throws what {@link stream} throws. */
  run(content: string, options?: StreamOptions): Promise<RunResult> {
    return collect(this.stream(content, options));
  }

  /** The commands below reject with RejectedError, or with DisconnectedError where no answer came. */
  stop(session_id: string, run_id: string): Promise<Ack> {
    return this.#command("POST", path("sessions", session_id, "stop"), { run_id });
  }

  unsend(session_id: string, message_id: string): Promise<Ack> {
    return this.#command("DELETE", path("sessions", session_id, "messages", message_id));
  }

  selectBranch(session_id: string, message_id: string): Promise<Ack> {
    return this.#command("POST", path("sessions", session_id, "branch"), { message_id });
  }

  respond(
    session_id: string,
    request_id: string,
    answer: Respond["answer"],
    options: api.RespondOptions = {},
  ): Promise<Ack> {
    const body = { answer, ...options };
    return this.#command("POST", path("sessions", session_id, "interactions", request_id), body);
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

  async #command(method: "POST" | "DELETE", address: string, body?: object): Promise<Ack> {
    const answer = await this.#http.json<object>(address, { method, ...(body !== undefined && { body }) });
    return { id: "", ...answer, type: "ack" };
  }

  #link(): RunLink {
    return {
      clock: this.clock,
      connect: () => {
        if (this.#closed !== null) throw this.#closed;
      },
      send: (message) => this.send(message),
      takeBack: (message_id) => this.#outbox.takeBack(message_id),
      watch: (session_id, handlers, from) => this.watch(session_id, handlers, from),
      ask: (request, onOutcome) => {
        void this.#ask(request).then(onOutcome);
        return true;
      },
      follow: (listener) => this.#changes.add(listener),
    };
  }

  async #ask(request: StopRequest): Promise<Outcome> {
    const { session_id } = request;
    try {
      return await (request.type === "stop"
        ? this.stop(session_id, request.run_id)
        : this.unsend(session_id, request.message_id));
    } catch (error) {
      if (error instanceof RejectedError) {
        const { code, message, retry_after_ms } = error;
        return { type: "reject", id: "", code, message, ...(retry_after_ms !== undefined && { retry_after_ms }) };
      }
      if (isFinal(error)) this.#end(error);
      this.clock.after(ASK_AGAIN_MS, () => this.#changes.tell("up"));
      return null;
    }
  }

  #end(reason: Error): void {
    this.#closed ??= reason;
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    this.#outbox.close(reason);
    this.#changes.tell(reason);
  }
}
