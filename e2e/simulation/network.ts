import type { WebSocketFactory, WebSocketLike } from "@millrace/client";
import type { Connection, Socket } from "@millrace/gateway/testing";
import type { WireLedger } from "../kit/oracle.ts";
import type { SimTime } from "./time.ts";

/** How the way between a client and the gateway is now. */
export interface Weather {
  /** Milliseconds that one frame travels; frames of one direction keep their order. */
  delay(): number;
  /** Bytes per millisecond that leave the gateway. */
  rate: number;
  /** How often a frame is held up for a second or two. */
  stalls: number;
}

/** Takes a socket that came in; null while no gateway listens. */
export type Accept = (socket: Socket) => Connection;

type Item =
  | { readonly kind: "open" | "ping" | "pong" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "close"; readonly code: number };

/** Frames in one direction, in order. What is sent while it is stuck arrives when it is free again. */
class Way {
  readonly #time: SimTime;
  readonly #weather: Weather;
  readonly #arrive: (item: Item) => void;
  readonly #items: Item[] = [];
  #last = 0;
  #held = 0;
  stuck = false;

  constructor(time: SimTime, weather: Weather, arrive: (item: Item) => void) {
    this.#time = time;
    this.#weather = weather;
    this.#arrive = arrive;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#last = Math.max(this.#last, this.#time.now() + this.#weather.delay());
    this.#time.after(this.#last - this.#time.now(), () => this.#next());
  }

  free(): void {
    this.stuck = false;
    for (; this.#held > 0; this.#held--) this.#next();
  }

  #next(): void {
    if (this.stuck) {
      this.#held += 1;
      return;
    }
    const item = this.#items.shift();
    if (item !== undefined) this.#arrive(item);
  }
}

/** One TCP connection with a WebSocket on it. */
export class Link {
  readonly up: Way;
  readonly down: Way;
  readonly #network: Network;
  readonly #client: ClientSocket;
  readonly #wire: WireLedger;
  readonly #weather: Weather;
  #server: Connection | null = null;
  #over = false;
  /** Frames to the client until the connection is cut. */
  #left = Number.POSITIVE_INFINITY;
  /** In the gateway's buffer. */
  readonly #buffer: Item[] = [];
  #buffered = 0;
  #leaving = false;
  #serverOver = false;

  constructor(network: Network, client: ClientSocket, weather: Weather, wire: WireLedger) {
    this.#network = network;
    this.#client = client;
    this.#wire = wire;
    this.#weather = weather;
    this.up = new Way(network.time, weather, (item) => this.#atServer(item));
    this.down = new Way(network.time, weather, (item) => this.#atClient(item));
    this.up.push({ kind: "open" });
  }

  /** The client's commands. */
  send(text: string): void {
    this.#wire.sent(text);
    this.up.push({ kind: "text", text });
  }

  closeByClient(): void {
    this.up.push({ kind: "close", code: 1000 });
  }

  /** Resets the connection after some more frames to the client. */
  cutAfter(frames: number): void {
    if (frames <= 0) this.cut();
    else this.#left = frames;
  }

  /** Both sides lose it, with all that is on its way. */
  cut(): void {
    if (this.#over) return;
    this.#over = true;
    this.#network.forget(this);
    this.#network.cuts += 1;
    this.#network.time.after(this.#weather.delay(), () => this.#client.lost(1006));
    this.#network.time.after(this.#weather.delay(), () => this.#endServer());
  }

  /** The gateway's process is gone. */
  die(): void {
    this.#serverOver = true;
    this.#server = null;
    this.cut();
  }

  #atServer(item: Item): void {
    if (this.#over) return;
    if (item.kind === "open") return this.#accept();
    if (item.kind === "text") this.#server?.receive(item.text);
    else if (item.kind === "pong") this.#server?.alive();
    else if (item.kind === "close") {
      this.#over = true;
      this.#network.forget(this);
      this.#endServer();
    }
  }

  #accept(): void {
    const { accept } = this.#network;
    if (accept === null) {
      this.#over = true;
      this.#network.forget(this);
      this.#network.time.after(this.#weather.delay(), () => this.#client.lost(1006));
      return;
    }
    this.down.push({ kind: "open" });
    this.#server = accept(this.#socket());
  }

  #socket(): Socket {
    const write = (item: Item): void => this.#write(item);
    const buffered = (): number => this.#buffered;
    const end = (code: number): void => {
      if (this.#serverOver) return;
      this.#write({ kind: "close", code });
      this.#serverOver = true;
    };
    return {
      send: (text) => write({ kind: "text", text }),
      get buffered() {
        return buffered();
      },
      ping: () => write({ kind: "ping" }),
      close: end,
      terminate: () => {
        this.#buffer.length = 0;
        this.#buffered = 0;
        this.cut();
      },
    };
  }

  #write(item: Item): void {
    if (this.#serverOver || this.#over) return;
    if (this.#weather.rate === Number.POSITIVE_INFINITY && !this.down.stuck && this.#buffer.length === 0) {
      return this.down.push(item);
    }
    this.#buffer.push(item);
    this.#buffered += sizeOf(item);
    this.leave();
  }

  /** Lets the next frame leave the gateway's buffer. */
  leave(): void {
    const first = this.#buffer[0];
    if (first === undefined || this.#leaving || this.down.stuck) return;
    this.#leaving = true;
    this.#network.time.after(sizeOf(first) / this.#weather.rate, () => {
      this.#leaving = false;
      if (this.#over) return;
      const item = this.#buffer.shift();
      if (item === undefined) return;
      this.#buffered -= sizeOf(item);
      this.down.push(item);
      this.#server?.drained();
      this.leave();
    });
  }

  #atClient(item: Item): void {
    if (this.#over) return;
    switch (item.kind) {
      case "open":
        return this.#client.opened();
      case "ping":
        return this.up.push({ kind: "pong" });
      case "pong":
        return;
      case "close":
        this.#over = true;
        this.#network.forget(this);
        this.#client.lost(item.code);
        return this.#endServer();
      case "text":
        if (this.#client.heard(item.text)) this.#wire.received(item.text);
        if (--this.#left <= 0) this.cut();
    }
  }

  #endServer(): void {
    const server = this.#server;
    this.#server = null;
    this.#serverOver = true;
    server?.closed();
  }
}

const sizeOf = (item: Item): number => (item.kind === "text" ? item.text.length : 6);

/** A client's WebSocket. */
class ClientSocket implements WebSocketLike {
  onopen: ((event: object) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  #link: Link | null = null;
  #closed = false;

  join(link: Link): void {
    this.#link = link;
  }

  send(text: string): void {
    if (!this.#closed) this.#link?.send(text);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link?.closeByClient();
  }

  opened(): void {
    if (!this.#closed) this.onopen?.({});
  }

  /** @returns whether anybody listened */
  heard(text: string): boolean {
    if (this.#closed) return false;
    try {
      this.onmessage?.({ data: text });
    } catch (error) {
      // A page's handler threw: its browser reports it and goes on.
      if (!(error instanceof Stumble)) throw error;
    }
    return true;
  }

  lost(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.({ code, reason: "" });
  }
}

/** What a page's handler throws that dies before it has taken an event. */
export class Stumble extends Error {}

/** Everything between the clients and the gateway. */
export class Network {
  readonly time: SimTime;
  readonly links = new Set<Link>();
  accept: Accept | null = null;
  cuts = 0;

  constructor(time: SimTime) {
    this.time = time;
  }

  forget(link: Link): void {
    this.links.delete(link);
  }

  /** The WebSocket of one client; `wire` is asked for each connection anew. */
  socketsFor(weather: Weather, wire: () => WireLedger, opened: (link: Link) => void): WebSocketFactory {
    const connect = (socket: ClientSocket): void => {
      const link = new Link(this, socket, weather, wire());
      this.links.add(link);
      socket.join(link);
      opened(link);
    };
    return class extends ClientSocket {
      constructor() {
        super();
        connect(this);
      }
    };
  }
}
