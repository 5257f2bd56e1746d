import type { Ack, SessionSummary } from "@millrace/protocol";
import { path } from "../http.ts";
import { backoff } from "../policy.ts";
import type { OutgoingMessage, SentMessage } from "../types.ts";
import { uuid } from "../uuid.ts";
import { isFinal, leastWait } from "./final.ts";
import type { SseParts } from "./sse-watch.ts";

/** Messages until the gateway has them: posted again with the same `message_id` after a loss. */
export class SseOutbox {
  readonly #parts: SseParts;
  /** Messages that were never in a request, with what takes them back. */
  readonly #untried = new Map<string, () => void>();
  readonly #closing: AbortController = new AbortController();

  constructor(parts: SseParts) {
    this.#parts = parts;
  }

  send(message: OutgoingMessage): SentMessage {
    const message_id = message.message_id ?? uuid();
    const accepted = this.#deliver(message_id, message);
    // Nobody has to listen.
    accepted.catch(() => {});
    return { message_id, accepted };
  }

  takeBack(message_id: string): boolean {
    const take = this.#untried.get(message_id);
    take?.();
    return take !== undefined;
  }

  /** @param reason what waiting messages reject with */
  close(reason: Error): void {
    this.#closing.abort(reason);
  }

  async #deliver(message_id: string, message: OutgoingMessage): Promise<Ack> {
    const { content, mode = "queue", options, replaces, attachments } = message;
    const taken = new AbortController();
    const asked = {
      ...(options !== undefined && { options }),
      ...(replaces !== undefined && { replaces }),
      ...(attachments !== undefined && { attachments }),
    };
    const body = { message_id, content, mode, ...asked };
    let { session_id } = message;
    this.#untried.set(message_id, () => taken.abort(new DOMException("The message was taken back.", "AbortError")));
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          session_id ??= await this.#makeSession();
          this.#stopIfAsked(taken.signal);
          this.#untried.delete(message_id);
          const answer = await this.#post(path("sessions", session_id, "messages"), body);
          return { ...(answer as object), type: "ack", id: message_id };
        } catch (error) {
          this.#stopIfAsked(taken.signal);
          if (isFinal(error)) throw error;
          await this.#pause(Math.max(leastWait(error), this.#parts.random() * backoff(attempt)), taken.signal);
        }
      }
    } finally {
      this.#untried.delete(message_id);
    }
  }

  async #makeSession(): Promise<string> {
    return ((await this.#post(path("sessions"), {})) as SessionSummary).session_id;
  }

  #post(address: string, body: object): Promise<unknown> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(30_000)]);
    return this.#parts.http.json(address, { method: "POST", body, signal });
  }

  #stopIfAsked(taken: AbortSignal): void {
    this.#closing.signal.throwIfAborted();
    taken.throwIfAborted();
  }

  async #pause(ms: number, taken: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, taken]);
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(ms, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
    this.#stopIfAsked(taken);
  }
}
