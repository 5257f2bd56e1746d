import { type Event, merge } from "@millrace/protocol";
import type { FakeSocket, Sent } from "./fake-socket.ts";
import { welcome } from "./rig.ts";

export type Random = () => number;

/** A seeded source of numbers in [0, 1). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What the server knows of one socket: commands read so far, frames not delivered yet, and how far it was sent. */
interface Peer {
  socket: FakeSocket;
  read: number;
  out: object[];
  /** Null while it is not subscribed. */
  cursor: number | null;
}

/** One session's log and the peers that read it, as rough as a server may be: merges, overlaps, loses wake-ups. */
export class ModelServer {
  readonly #random: Random;
  log: Event[] = [];
  #epoch = 1;
  #run = 0;
  #block: { id: number; offset: number } | null = null;
  #peers: Peer[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get head(): number {
    return this.log.length;
  }

  connect(socket: FakeSocket): void {
    socket.open();
    this.#peers.push({ socket, read: 0, out: [welcome(this.#peers.length)], cursor: null });
  }

  /** Lets a run go on by one event. */
  grow(): void {
    const run_id = `r${this.#run}`;
    const dice = this.#random();
    if (this.#block === null) {
      this.#block = { id: this.head, offset: 0 };
      const fields = { run_id: `r${++this.#run}`, model: "m", agent: "a", max_steps: 9, token_limit: 9, tools: [] };
      this.#append({ type: "session_start", message_ids: [], ...fields });
    } else if (dice < 0.8) {
      const content = "abcdef".slice(0, 1 + Math.floor(this.#random() * 6));
      this.#append({ type: "text_delta", run_id, block_id: `b${this.#block.id}`, offset: this.#block.offset, content });
      this.#block.offset += content.length;
    } else if (dice < 0.95) {
      this.#append({ type: "step", run_id, step: 1, max_steps: 9, tokens: 0, token_limit: 9 });
      this.#block = { id: this.head, offset: 0 };
    } else {
      this.#append({ type: "done", run_id, content: "", steps: 1, reason: "completed", usage: null });
      this.#block = null;
    }
  }

  /** Comes back from a backup: an earlier log, another epoch, no connections. */
  restore(): void {
    this.log = this.log.slice(0, Math.floor(this.#random() * this.log.length));
    this.#epoch += 1;
    this.#block = null;
    this.cut();
  }

  /** Every connection is lost, with all that was on its way. */
  cut(): void {
    const peers = this.#peers;
    this.#peers = [];
    for (const { socket } of peers) socket.die(this.#random() < 0.2 ? 1012 : 1006);
  }

  /** Reads one command. */
  read(): boolean {
    const peer = this.#peers.find((other) => other.read < other.socket.sent.length);
    const command = peer?.socket.sent[peer.read];
    if (peer === undefined || command === undefined) return false;
    peer.read += 1;
    this.#answer(peer, command);
    return true;
  }

  /** Delivers one frame. */
  deliver(): boolean {
    const peer = this.#peers.find((other) => other.out.length > 0);
    const frame = peer?.out.shift();
    if (frame !== undefined) peer?.socket.frame(frame);
    return frame !== undefined;
  }

  /** Puts frames in front of the network; `losing` is how often one of them is forgotten. */
  pump(losing: number): void {
    for (const peer of this.#peers) {
      while (peer.cursor !== null && peer.cursor < this.head) {
        const frame = this.#cutFrame(peer.cursor);
        peer.cursor = frame.seq;
        if (this.#random() >= losing) peer.out.push(frame);
      }
    }
  }

  heartbeat(): void {
    for (const { out } of this.#peers) out.push({ type: "heartbeat", heads: { s: this.head } });
  }

  #append(fields: object): void {
    this.log.push({ v: 1, session_id: "s", seq: this.head + 1, ts: this.head, ...fields } as Event);
  }

  /** The next frame after a cursor: some neighbours merged, at times with a part that was sent before. */
  #cutFrame(cursor: number): Event {
    let first = cursor;
    while (first > 0 && this.#random() < 0.3 && merge(this.log[first - 1]!, this.log[first]!) !== null) first -= 1;
    let frame = this.log[first]!;
    for (let next = first + 1; next < this.head; next++) {
      const merged = next <= cursor || this.#random() < 0.7 ? merge(frame, this.log[next]!) : null;
      if (merged === null) break;
      frame = merged;
    }
    return frame;
  }

  #answer(peer: Peer, command: Sent): void {
    const { id, session_id = "s" } = command;
    if (this.#random() < 0.05) {
      peer.out.push({ type: "reject", id, code: "rate_limited", message: "", retry_after_ms: 100 });
    } else if (command.type === "subscribe") {
      const { after, epoch, tail } = command as unknown as { after: number; epoch?: string; tail?: number };
      const reset = (epoch !== undefined && epoch !== `e${this.#epoch}`) || after > this.head;
      const messages = this.log.filter((event) => event.type === "user_message");
      const from = tail === undefined ? after : (messages.at(-tail)?.seq ?? 1) - 1;
      peer.cursor = reset ? 0 : from;
      const { cursor } = peer;
      const reply = { id, session_id, epoch: `e${this.#epoch}`, head: this.head, after: cursor, reset };
      peer.out.push({ type: "subscribed", ...reply });
      this.pump(0.02);
      peer.out.push({ type: "live", session_id, seq: this.head });
    } else if (command.type === "send") {
      const { message_id, content, mode } = command;
      const known = this.log.find((event) => event.type === "user_message" && event.message_id === message_id);
      if (known === undefined) this.#append({ type: "user_message", message_id, content, mode });
      const seq = known?.seq ?? this.head;
      peer.out.push({ type: "ack", id, session_id, message_id, seq, duplicate: known !== undefined });
    } else {
      if (command.type === "unsubscribe") peer.cursor = null;
      peer.out.push({ type: "ack", id });
    }
  }
}
