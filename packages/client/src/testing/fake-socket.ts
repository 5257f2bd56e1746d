import type { WebSocketFactory, WebSocketLike } from "../types.ts";

export type Sent = Readonly<Record<string, unknown>> & { type: string; id: string };

/** A WebSocket whose network is the test: nothing arrives unless the test says so. */
export class FakeSocket implements WebSocketLike {
  onopen: ((event: object) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  readonly url: string;
  readonly protocol: string;
  readonly sent: Sent[] = [];
  closes = 0;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closes += 1;
  }

  open(): void {
    this.onopen?.({});
  }

  frame(frame: object | string): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  die(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason });
  }

  /** Commands of a type, oldest first. */
  of(type: string): Sent[] {
    return this.sent.filter((command) => command.type === type);
  }

  /** The last command of a type; the test fails where there is none. */
  last(type: string): Sent {
    const command = this.of(type).at(-1);
    if (command === undefined) throw new Error(`no ${type} was sent`);
    return command;
  }
}

/** A constructor that keeps what it made. */
export function fakeSockets(): { WebSocket: WebSocketFactory; sockets: FakeSocket[] } {
  const sockets: FakeSocket[] = [];
  class Socket extends FakeSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      sockets.push(this);
    }
  }
  return { WebSocket: Socket, sockets };
}
