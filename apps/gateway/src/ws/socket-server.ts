import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CLOSE_CODES, type Notice, SUBPROTOCOL } from "@millrace/protocol";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import type { Shares } from "../auth/shares.ts";
import { AuthPhase } from "../connection/auth-phase.ts";
import { Connection, type ConnectionContext, type Peer, type Socket } from "../connection/connection.ts";
import { refuseSocket } from "../http/refuse-socket.ts";
import type { SocketCensus } from "../metrics/gauges.ts";
import { textFrame } from "./text-frame.ts";

/** Somebody at the other end; without a principal they have yet to say who they are. */
interface Caller {
  readonly principal: Principal | null;
  readonly address: string;
}

export interface SocketContext extends ConnectionContext {
  /** What whoever comes now should know of the gateway; null: nothing. */
  readonly standing: () => Notice | null;
  readonly shares: Shares;
}

/** The WebSocket door: the only file that knows the socket library. */
export class SocketServer {
  readonly #server: WebSocketServer;
  readonly #context: SocketContext;
  readonly #auth: Auth;
  readonly #connections = new Map<Connection, WebSocket>();
  readonly #waiting = new Map<AuthPhase, WebSocket>();

  constructor(context: SocketContext, auth: Auth) {
    this.#context = context;
    this.#auth = auth;
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

  /** Sockets that have not said who they are. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes over a socket whose upgrade request has been let in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, socket, caller));
  }

  /** How the open sockets are. */
  get census(): SocketCensus {
    const buffered = [...this.#connections.values()].map(({ bufferedAmount }) => bufferedAmount);
    return {
      open: this.#connections.size,
      stalled: buffered.filter((bytes) => bytes >= this.#context.limits.socket_high_water).length,
      unauthenticated: this.#waiting.size,
      most_waiting: buffered.reduce((most, bytes) => Math.max(most, bytes), 0),
    };
  }

  /** Tells everybody something about the gateway. */
  notice(notice: Notice): void {
    for (const connection of this.#connections.keys()) connection.notice(notice);
  }

  /** Tells everybody to come back within `spread_ms`. */
  drain(spread_ms: number): void {
    for (const connection of this.#connections.keys()) connection.drain(Math.floor(Math.random() * spread_ms));
  }

  /** Closes every socket with 1012 and waits, at most `ms`, until they are gone. */
  async close(ms: number): Promise<void> {
    const closed = [...this.#connections, ...this.#waiting].map(([peer, webSocket]) => {
      const gone = new Promise((resolve) => webSocket.once("close", resolve));
      peer.close(CLOSE_CODES.drain, "drain");
      return gone;
    });
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(closed), new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
    for (const webSocket of [...this.#connections.values(), ...this.#waiting.values()]) webSocket.terminate();
  }

  #accept(webSocket: WebSocket, stream: Duplex, { principal, address }: Caller): void {
    // Faults of the peer close the socket by themselves; the event only must not be unhandled.
    webSocket.on("error", (error) => this.#context.log.debug({ error }, "socket error"));
    webSocket.on("close", (code) => this.#context.meter.closed(closedWith.get(webSocket) ?? code));
    if (webSocket.protocol !== "" && webSocket.protocol !== SUBPROTOCOL) {
      return close(webSocket, CLOSE_CODES.unsupported_version, "unsupported version");
    }
    if (principal === null) this.#ask(webSocket, stream, address);
    else this.#connect(webSocket, stream, { principal, address });
  }

  #ask(webSocket: WebSocket, stream: Duplex, address: string): void {
    const { limits } = this.#context;
    const phase = new AuthPhase(socketOf(webSocket, stream), {
      verify: async (token) => (await this.#auth.doors?.tokens.verify(token, address)) ?? { kind: "invalid" },
      auth_ms: limits.auth_ms,
      waiting_length: limits.frame_bytes,
      admitted: ({ principal }, frames, id) => {
        webSocket.off("message", heard);
        this.#waiting.delete(phase);
        const connection = this.#connect(webSocket, stream, { principal, address });
        connection?.authenticated(id);
        for (const frame of frames) connection?.receive(frame);
      },
      refused: (why) => this.#auth.audit.refused({ address }, why),
    });
    this.#waiting.set(phase, webSocket);
    const heard = listen(webSocket, phase);
    webSocket.on("close", () => {
      this.#waiting.delete(phase);
      phase.closed();
    });
  }

  #connect(webSocket: WebSocket, stream: Duplex, peer: Peer): Connection | null {
    const share = this.#context.shares.socket(peer.principal);
    if (share === null || this.#connections.size >= this.#context.limits.connections) {
      share?.();
      close(webSocket, CLOSE_CODES.connection_limit, "connection limit");
      return null;
    }
    let connection: Connection | null = null;
    const socket = socketOf(webSocket, stream, () => connection?.drained());
    const connection_id = randomUUID();
    if (this.#auth.doors !== null) this.#auth.audit.connected({ address: peer.address, connection_id }, peer.principal);
    const opened = new Connection(connection_id, peer, socket, this.#context);
    connection = opened;
    this.#connections.set(opened, webSocket);
    listen(webSocket, opened);
    webSocket.on("pong", () => opened.alive());
    webSocket.on("ping", () => opened.alive());
    webSocket.on("close", () => {
      this.#connections.delete(opened);
      share();
      opened.closed();
    });
    const standing = this.#context.standing();
    if (standing !== null) opened.notice(standing);
    return opened;
  }
}

/** What we closed a socket with: where it does not get through, the socket itself does not know. */
const closedWith = new WeakMap<WebSocket, number>();

function close(webSocket: WebSocket, code: number, reason: string): void {
  closedWith.set(webSocket, code);
  webSocket.close(code, reason);
}

/** Hands frames on. @returns the listener */
function listen(webSocket: WebSocket, peer: AuthPhase | Connection): (data: RawData, isBinary: boolean) => void {
  const heard = (data: RawData, isBinary: boolean): void => {
    if (isBinary) peer.close(CLOSE_CODES.unsupported_data, "text frames only");
    else peer.receive(String(data));
  };
  webSocket.on("message", heard);
  return heard;
}

/** From here on a frame alone may fill a socket that is empty. Characters. */
const LARGE = 16 * 1024;

/**
 * @param stream what the library writes to, at once and in order, as nothing is compressed
 * @param drained hears of frames that have left after something had to wait
 */
function socketOf(webSocket: WebSocket, stream: Duplex, drained: () => void = () => {}): Socket {
  return {
    send: (text) => {
      if (webSocket.readyState !== webSocket.OPEN) return;
      const frame = textFrame(text);
      if (frame === null) webSocket.send(text, drained);
      // A callback costs a tick for each frame.
      else if (stream.writableLength === 0 && frame.length < LARGE) stream.write(frame, "latin1");
      else stream.write(frame, "latin1", drained);
    },
    get buffered() {
      return webSocket.bufferedAmount;
    },
    ping: () => {
      if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    },
    close: (code, reason) => close(webSocket, code, reason),
    terminate: () => webSocket.terminate(),
  };
}
