import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CLOSE_CODES, SUBPROTOCOL } from "@millrace/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { Connection, type ConnectionContext, type Socket } from "../connection/connection.ts";
import { refuseSocket } from "../http/refuse-socket.ts";

/** The WebSocket door: the only file that knows the socket library. */
export class SocketServer {
  readonly #server: WebSocketServer;
  readonly #context: ConnectionContext;
  readonly #connections = new Map<Connection, WebSocket>();

  constructor(context: ConnectionContext) {
    this.#context = context;
    // A variable, because the types do not know all of these limits yet.
    const options = {
      noServer: true,
      maxPayload: context.limits.frame_bytes,
      maxFragments: 64,
      maxBufferedChunks: 1024,
      maxPendingAutoPongs: 60,
      perMessageDeflate: false,
      closeTimeout: 1_000,
      clientTracking: false,
      // A browser shows a close code only where one of the protocols it offered was taken.
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false)),
    };
    this.#server = new WebSocketServer(options);
    this.#server.on("wsClientError", (_error, socket) => {
      const refusal = { status: 400, code: "bad_request", message: "The WebSocket handshake is malformed." };
      refuseSocket(socket, refusal, { "Sec-WebSocket-Version": "13" });
    });
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Takes over a socket whose upgrade request has passed the guard. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, user_id: string): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, user_id));
  }

  /** Tells everybody to come back within `spread_ms`. */
  drain(spread_ms: number): void {
    for (const connection of this.#connections.keys()) connection.drain(Math.floor(Math.random() * spread_ms));
  }

  /** Closes every socket with 1012 and waits, at most `ms`, until they are gone. */
  async close(ms: number): Promise<void> {
    const closed = [...this.#connections].map(([connection, webSocket]) => {
      const gone = new Promise((resolve) => webSocket.once("close", resolve));
      connection.close(CLOSE_CODES.drain, "drain");
      return gone;
    });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(closed), new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
    for (const webSocket of this.#connections.values()) webSocket.terminate();
  }

  #accept(webSocket: WebSocket, user_id: string): void {
    // Faults of the peer close the socket by themselves; the event only must not be unhandled.
    webSocket.on("error", (error) => this.#context.log.debug({ error }, "socket error"));
    if (webSocket.protocol !== "" && webSocket.protocol !== SUBPROTOCOL) {
      return webSocket.close(CLOSE_CODES.unsupported_version, "unsupported version");
    }
    if (this.#connections.size >= this.#context.limits.connections) {
      return webSocket.close(CLOSE_CODES.connection_limit, "connection limit");
    }
    let connection: Connection | null = null;
    const drained = (): void => connection?.drained();
    const socket: Socket = {
      send: (frame) => {
        if (webSocket.readyState === webSocket.OPEN) webSocket.send(frame, drained);
      },
      get buffered() {
        return webSocket.bufferedAmount;
      },
      ping: () => {
        if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
      },
      close: (code, reason) => webSocket.close(code, reason),
      terminate: () => webSocket.terminate(),
    };
    const opened = new Connection(randomUUID(), user_id, socket, this.#context);
    connection = opened;
    this.#connections.set(opened, webSocket);
    webSocket.on("message", (data, isBinary) => {
      if (isBinary) opened.close(CLOSE_CODES.unsupported_data, "text frames only");
      else opened.receive(String(data));
    });
    webSocket.on("pong", () => opened.alive());
    webSocket.on("ping", () => opened.alive());
    webSocket.on("close", () => {
      this.#connections.delete(opened);
      opened.closed();
    });
  }
}
