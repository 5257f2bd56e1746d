import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** `up`: from the client to the gateway. */
export type Direction = "up" | "down";

/** How everything travels, each way. */
export interface Conditions {
  /** Milliseconds that what was read together is held up, asked anew each time; the order is kept. */
  delay?: () => number;
  /** Bytes per millisecond. */
  rate?: number;
  /** A connection on which nothing moves for so many milliseconds is closed, as proxies in front do. */
  idle_ms?: number;
  /** Bytes to the client after which a new connection is reset; asked for each. */
  limit?: () => number;
}

/** At a limited rate so much is written at a time. */
const SLICE = 512;

/** One way of one connection: read, held up, written. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #conditions: Conditions;
  readonly #moved: () => void;
  #held: PromiseWithResolvers<void> | null = null;
  left: number;

  constructor(from: Socket, to: Socket, conditions: Conditions, left: number, moved: () => void) {
    this.#from = from;
    this.#to = to;
    this.#conditions = conditions;
    this.left = left;
    this.#moved = moved;
  }

  /** Nothing gets through, and nobody is told. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** Carries until the end or a reset. @returns whether its bytes were used up */
  async carry(): Promise<boolean> {
    for await (const chunk of this.#from as AsyncIterable<Buffer>) {
      await this.#held?.promise;
      const { delay } = this.#conditions;
      if (delay !== undefined) await pause(delay());
      await this.#held?.promise;
      this.#moved();
      await this.#write(chunk.subarray(0, Math.min(chunk.length, this.left)));
      this.left -= chunk.length;
      if (this.left <= 0) return true;
    }
    return false;
  }

  async #write(chunk: Buffer): Promise<void> {
    const { rate } = this.#conditions;
    const slice = rate === undefined ? Math.max(1, chunk.length) : SLICE;
    for (let at = 0; at < chunk.length && !this.#to.destroyed; at += slice) {
      const piece = chunk.subarray(at, at + slice);
      if (!this.#to.write(piece)) await Promise.race([once(this.#to, "drain"), once(this.#to, "close")]);
      if (rate !== undefined) await pause(piece.length / rate);
    }
  }
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly lanes: Readonly<Record<Direction, Lane>>;
}

/**
 * A TCP proxy between clients and a gateway: delays, throttles, blackholes each way, resets at a byte, closes one half,
 * and loses its patience with connections on which nothing moves.
 */
export class ChaosProxy {
  readonly conditions: Conditions;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  cuts = 0;

  private constructor(server: Server, conditions: Conditions) {
    this.#server = server;
    this.conditions = conditions;
  }

  /** @param port 0: any */
  static async start(port: number, target: number, conditions: Conditions = {}): Promise<ChaosProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new ChaosProxy(server, conditions);
    server.on("connection", (client) => proxy.#pipe(client, target));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** Resets every connection for which `chosen` says so, after at most `bytes` more bytes to the client. */
  cut(chosen: () => boolean, bytes: () => number): void {
    for (const { lanes } of this.#pairs) if (chosen()) lanes.down.left = bytes();
  }

  /** Nothing gets through on the connections there are now; new ones are not concerned. @returns the undo */
  blackhole(...directions: Direction[]): () => void {
    const lanes = [...this.#pairs].flatMap((pair) => directions.map((direction) => pair.lanes[direction]));
    for (const lane of lanes) lane.hold();
    return () => {
      for (const lane of lanes) lane.release();
    };
  }

  /** The gateway seems to have said its last word on every connection; what clients say still arrives. */
  halfClose(): void {
    for (const { client } of this.#pairs) client.end();
  }

  async close(): Promise<void> {
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
    await new Promise((closed) => this.#server.close(closed));
  }

  #pipe(client: Socket, target: number): void {
    const upstream = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    const { idle_ms, limit } = this.conditions;
    const moved = (): void => void timer?.refresh();
    const lanes = {
      up: new Lane(client, upstream, this.conditions, Number.POSITIVE_INFINITY, moved),
      down: new Lane(upstream, client, this.conditions, limit?.() ?? Number.POSITIVE_INFINITY, moved),
    };
    const pair: Pair = { client, upstream, lanes };
    this.#pairs.add(pair);
    const end = (): void => {
      clearTimeout(timer);
      this.#pairs.delete(pair);
      for (const lane of Object.values(lanes)) lane.release();
      client.destroy();
      upstream.destroy();
    };
    const timer = idle_ms === undefined ? undefined : setTimeout(end, idle_ms);
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
    lanes.up.carry().then(
      () => upstream.end(),
      () => end(),
    );
    lanes.down.carry().then(
      (used) => {
        if (!used) return client.end();
        this.cuts += 1;
        client.resetAndDestroy();
        end();
      },
      () => end(),
    );
  }
}
