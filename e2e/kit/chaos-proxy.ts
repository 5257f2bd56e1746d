import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy between a client and a gateway whose connections can be cut in the middle of a frame. */
export class ChaosProxy {
  readonly #server: Server;
  readonly #pairs = new Set<{ client: Socket; upstream: Socket; left: number }>();
  cuts = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, target: number): Promise<ChaosProxy> {
    const server = createServer();
    const proxy = new ChaosProxy(server);
    server.on("connection", (client) => proxy.#pipe(client, target));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** Resets every connection for which `chosen` says so, after at most `bytes` more bytes to the client. */
  cut(chosen: () => boolean, bytes: () => number): void {
    for (const pair of this.#pairs) if (chosen()) pair.left = bytes();
  }

  async close(): Promise<void> {
    for (const { client } of this.#pairs) client.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  #pipe(client: Socket, target: number): void {
    const upstream = connect(target, "127.0.0.1");
    const pair = { client, upstream, left: Number.POSITIVE_INFINITY };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.min(chunk.length, pair.left)));
      pair.left -= chunk.length;
      if (pair.left > 0) return;
      this.cuts += 1;
      client.resetAndDestroy();
      end();
    });
  }
}
