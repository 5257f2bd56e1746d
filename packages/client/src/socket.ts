import { SUBPROTOCOL, WS_PATH } from "@millrace/protocol/fold";
import type { WebSocketFactory, WebSocketLike } from "./types.ts";

export interface SocketEvents {
  onOpen(): void;
  onText(text: string): void;
  onClose(code: number, reason: string): void;
}

/** Address of the WebSocket below the gateway's base address. */
export function socketUrl(base: string): string {
  return base.replace(/^http/, "ws").replace(/\/+$/, "") + WS_PATH;
}

/** Holds at most one WebSocket and decides nothing. A socket that was let go of is never heard again. */
export class SocketDriver {
  readonly #url: string;
  readonly #WebSocket: WebSocketFactory | undefined;
  readonly #events: SocketEvents;
  #socket: WebSocketLike | null = null;

  constructor(url: string, WebSocket: WebSocketFactory | undefined, events: SocketEvents) {
    this.#url = url;
    this.#WebSocket = WebSocket;
    this.#events = events;
  }

  open(): void {
    if (this.#WebSocket === undefined) {
      throw new TypeError("There is no WebSocket here: pass one as the option `WebSocket`, or use the SSE client.");
    }
    this.drop();
    const socket = new this.#WebSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    const current = (): boolean => this.#socket === socket;
    socket.onopen = () => {
      if (current()) this.#events.onOpen();
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (current() && typeof event.data === "string") this.#events.onText(event.data);
    };
    // A failure is told by `close`; without a listener some implementations throw it.
    socket.onerror = () => {};
    socket.onclose = (event: { code: number; reason: string }) => {
      if (!current()) return;
      this.#socket = null;
      this.#events.onClose(event.code, event.reason);
    };
  }

  /** Whether there was a socket to write to; not whether it arrived. */
  send(text: string): boolean {
    if (this.#socket === null) return false;
    try {
      this.#socket.send(text);
      return true;
    } catch {
      // The socket is closing: its `close` event follows and says so.
      return false;
    }
  }

  drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    try {
      socket?.close(1000);
    } catch {
      // Some implementations throw while connecting; nobody listens to that socket any more.
    }
  }
}
