import type { Event } from "@millrace/protocol";
import { MillraceClient } from "../client.ts";
import type { OutboxStorage, Watch, WatchFrom } from "../types.ts";
import { FakeClock } from "./fake-clock.ts";
import { type FakeSocket, fakeSockets } from "./fake-socket.ts";

/** A client, its clock, and the server's ends of its sockets. */
export class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly sockets: FakeSocket[];
  readonly client: MillraceClient;

  constructor(options: { storage?: OutboxStorage; random?: () => number; fetch?: typeof fetch } = {}) {
    const { WebSocket, sockets } = fakeSockets();
    this.sockets = sockets;
    this.client = new MillraceClient({
      url: "http://gateway.test",
      WebSocket,
      clock: this.clock,
      random: () => 0.5,
      ...options,
    });
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  /** Connects if nobody did, without waiting, and lets the server welcome the client. */
  online(limits: Readonly<Record<string, number>> = {}): FakeSocket {
    this.client.connect();
    if (this.client.connection.get().state === "waiting") this.client.retryNow();
    this.socket.open();
    this.socket.frame(welcome(this.sockets.length, limits));
    return this.socket;
  }

  subscribed(reply: { after?: number; head?: number; epoch?: string; reset?: boolean } = {}): void {
    const { id, session_id, after } = this.socket.last("subscribe");
    const defaults = { after, head: after, epoch: "e1", reset: false };
    this.socket.frame({ type: "subscribed", id, session_id, ...defaults, ...reply });
  }

  ack(type: string, fields: object = {}): void {
    this.socket.frame({ type: "ack", id: this.socket.last(type).id, ...fields });
  }

  reject(type: string, code: string, fields: object = {}): void {
    this.socket.frame({ type: "reject", id: this.socket.last(type).id, code, message: "no", ...fields });
  }

  state(): string {
    return this.client.connection.get().state;
  }
}

export function welcome(n: number, limits: Readonly<Record<string, number>> = {}): object {
  return {
    type: "welcome",
    protocol: 1,
    connection_id: `k${n}`,
    heartbeat_ms: 15_000,
    limits,
    user: { id: "local" },
  };
}

/** An event of session `s`; type and fields as given. */
export function event(seq: number, fields: object = {}): Event {
  return { v: 1, type: "data", session_id: "s", seq, ts: 0, name: "n", value: seq, ...fields } as Event;
}

export function text(from: number, seq: number, offset: number, content: string, run_id = "r1"): Event {
  return event(seq, { type: "text_delta", run_id, block_id: "b1", offset, content, ...(from !== seq && { from }) });
}

/** A watch that writes down what it is told. */
export function recorded(rig: Rig, session_id = "s", from?: WatchFrom): { watch: Watch; told: unknown[] } {
  const told: unknown[] = [];
  const watch = rig.client.watch(
    session_id,
    {
      onEvents: (events) => told.push(...events.map((event) => event.seq)),
      onReset: (after) => told.push(`reset ${after}`),
      onLive: (seq) => told.push(`live ${seq}`),
      onState: (state) => told.push(state),
    },
    from,
  );
  return { watch, told };
}

/** Lets promises that are already settled tell their listeners. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
