import type { Event } from "@millrace/protocol";
import { type Fault, Faults } from "./fault.ts";

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * The frames of one connection as they arrive. A server that skips or repeats something is found here also where the
 * client notices, subscribes again and ends well.
 */
export class WireLedger {
  readonly name: string;
  readonly #faults = new Faults();
  /** By session: the position up to which its subscription has brought everything. */
  readonly #positions = new Map<string, number>();
  readonly #unsubscribing = new Map<string, string>();
  frames = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** A frame from the client. */
  sent(text: string): void {
    const { type, id, session_id } = JSON.parse(text) as Frame;
    if (type === "unsubscribe") this.#unsubscribing.set(String(id), String(session_id));
  }

  /** A frame from the server. */
  received(text: string): void {
    const frame = JSON.parse(text) as Frame;
    switch (frame.type) {
      case "subscribed":
        this.#positions.set(String(frame.session_id), Number(frame.after));
        return;
      case "live":
        return this.#live(String(frame.session_id), Number(frame.seq));
      case "ack": {
        const session_id = this.#unsubscribing.get(String(frame.id));
        if (session_id !== undefined) this.#positions.delete(session_id);
        return;
      }
      default:
        if (typeof frame.seq === "number" && typeof frame.session_id === "string")
          this.#event(frame as unknown as Event);
    }
  }

  get faults(): readonly Fault[] {
    return this.#faults.list;
  }

  #live(session_id: string, seq: number): void {
    const position = this.#positions.get(session_id);
    if (position !== undefined && position < seq) this.#add("LOST", `live at ${seq} after frames up to ${position}`);
  }

  #event({ session_id, seq, from = seq, type }: Event): void {
    this.frames += 1;
    const position = this.#positions.get(session_id);
    if (position === undefined) {
      // A session that this connection's own `send` has made is followed from its start without a `subscribed`.
      if (from === 1) this.#positions.set(session_id, seq);
      else this.#add("GHOST", `${type} ${from}..${seq} of a session that is not subscribed`);
      return;
    }
    if (seq <= position) this.#add("DUP", `${type} ${from}..${seq} was sent again after ${position}`);
    else if (from > position + 1) this.#add("GAP", `${type} ${from}..${seq} was sent after ${position}`);
    this.#positions.set(session_id, Math.max(seq, position));
  }

  #add(verdict: Fault["verdict"], message: string): void {
    this.#faults.add(verdict, `${this.name}: ${message}`);
  }
}
