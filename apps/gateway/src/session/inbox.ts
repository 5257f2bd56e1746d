import type { Event, Message, View } from "@millrace/protocol";
import { Rejection } from "../rejection.ts";

export type Waiting = Pick<Message, "message_id" | "content" | "mode" | "options" | "attachments">;

/** What people said in one session: each message once, and those that no run has taken yet, oldest first. */
export class Inbox {
  readonly #known = new Map<
    string,
    { content: string; replaces: string | null; files: string; seq: Promise<number> }
  >();
  #waiting: Waiting[] = [];

  /** Learns from the log: what was said, and what of it waits. */
  load(events: readonly Event[], view: View): void {
    for (const event of events) {
      if (event.type !== "user_message") continue;
      const { message_id, content, replaces = null, attachments = [], seq } = event;
      this.#known.set(message_id, { content, replaces, files: filesOf(attachments), seq: Promise.resolve(seq) });
    }
    this.#waiting = [...view.queue];
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Where a message that was sent before is, or will be, stored. @throws Rejection `idempotency_conflict` */
  find(
    message_id: string,
    content: string,
    replaces: string | null = null,
    attachments: Waiting["attachments"] = [],
  ): Promise<number> | null {
    const known = this.#known.get(message_id);
    if (known === undefined) return null;
    const same = known.content === content && known.replaces === replaces && known.files === filesOf(attachments);
    if (same) return known.seq;
    throw new Rejection("idempotency_conflict", "This message_id was used for another message.");
  }

  /** Whether a message was sent before, whatever it said. */
  knows(message_id: string): boolean {
    return this.#known.has(message_id);
  }

  /** A new message, on its way into the log; it is forgotten again where it does not arrive there. */
  add(message: Waiting, seq: Promise<number>, replaces: string | null = null): void {
    const { message_id, content, attachments } = message;
    this.#known.set(message_id, { content, replaces, files: filesOf(attachments), seq });
    this.#waiting.push(message);
    seq.catch(() => {
      this.#known.delete(message.message_id);
      this.remove(message.message_id);
    });
  }

  takeNext(): Waiting | undefined {
    return this.#waiting.shift();
  }

  takeSteered(): Waiting[] {
    const steered = this.#waiting.filter((waiting) => waiting.mode === "steer");
    if (steered.length > 0) this.#waiting = this.#waiting.filter((waiting) => waiting.mode !== "steer");
    return steered;
  }

  remove(message_id: string): Waiting | undefined {
    const index = this.#waiting.findIndex((waiting) => waiting.message_id === message_id);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  /** Messages that were taken, but are still in the log's queue: they wait again, each in its place there. */
  putBack(messages: readonly Waiting[], { queue }: View): void {
    const places = new Map(queue.map(({ message_id }, index) => [message_id, index]));
    const placeOf = ({ message_id }: Waiting): number => places.get(message_id) ?? queue.length;
    const left = messages.filter(({ message_id }) => places.has(message_id));
    this.#waiting = [...left, ...this.#waiting].sort((a, b) => placeOf(a) - placeOf(b));
  }
}

const filesOf = (attachments: Waiting["attachments"]): string =>
  attachments.map(({ attachment_id }) => attachment_id).join(" ");
