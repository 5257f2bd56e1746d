import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that a gateway has to do what it was told, before its answer is lost. */
const DONE_MS = 100;

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Nothing comes through, and neither side is told. */
  silent: boolean;
  /** Its answer is lost. */
  unanswered: boolean;
}

/** Passes bytes on to one address, and does to the connections what networks do. */
export class CuttingProxy {
  /** Milliseconds that what was read together is held up, asked anew each time; the order is kept. */
  delay: (() => number) | null = null;
  cuts = 0;
  /** Frames that were cut in their middle. */
  torn = 0;
  /** Answers that were lost. */
  lost = 0;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #tears: ((length: number) => number) | null = null;
  #loses: ((bytes: Buffer) => boolean) | null = null;
  #port = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(): Promise<CuttingProxy> {
    const proxy = new CuttingProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** As a `Host` header has it. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  target(url: string): void {
    this.#port = Number(new URL(url).port);
  }

  /** Resets what is open. */
  cut(): void {
    if (this.#pairs.size > 0) this.cuts += 1;
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Leaves what is open half open: nothing comes through any more, and nobody is told. */
  silence(): void {
    for (const pair of this.#pairs) pair.silent = true;
  }

  /** Of what is next read for a client only a part arrives, then the connection's end. @param part of so many bytes */
  tear(part: (length: number) => number): void {
    this.#tears = part;
  }

  /** The next bytes from a client that `told` accepts arrive, but instead of what they are answered comes a reset. */
  loseAnswer(told: (bytes: Buffer) => boolean): void {
    this.#loses = told;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const upstream = connect(this.#port, "127.0.0.1");
    const pair = { client, upstream, silent: false, unanswered: false };
    this.#pairs.add(pair);
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.on("close", () => {
      this.#pairs.delete(pair);
      upstream.destroy();
    });
    this.#carry(pair, client, upstream).then(
      () => upstream.end(),
      () => upstream.destroy(),
    );
    this.#carry(pair, upstream, client).then(
      () => pair.silent || client.end(),
      () => pair.silent || client.destroy(),
    );
  }

  /** Until the end of what comes. Rejects where the connection is lost. */
  async #carry(pair: Pair, from: Socket, to: Socket): Promise<void> {
    for await (const bytes of from as AsyncIterable<Buffer>) {
      if (this.delay !== null) await pause(this.delay());
      if (pair.silent) continue;
      if (from === pair.upstream) {
        if (pair.unanswered) return this.#lose(pair);
        if (this.#tears !== null && bytes.length > 1) return this.#tear(pair, bytes, this.#tears);
      } else if (this.#loses?.(bytes)) {
        this.#loses = null;
        pair.unanswered = true;
      }
      if (!to.write(bytes)) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
  }

  async #lose({ client }: Pair): Promise<void> {
    this.lost += 1;
    await pause(DONE_MS);
    client.resetAndDestroy();
  }

  async #tear({ client }: Pair, bytes: Buffer, part: (length: number) => number): Promise<void> {
    this.#tears = null;
    this.torn += 1;
    await new Promise<void>((written) => client.write(bytes.subarray(0, part(bytes.length)), () => written()));
    client.destroy();
  }
}
