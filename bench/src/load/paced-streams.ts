import type { ServerResponse } from "node:http";

interface Stream {
  readonly response: ServerResponse;
  readonly every_ms: number;
  readonly padding: number;
  readonly end: string;
  sent: number;
}

/** Sends tokens on schedule. Streams begin when they begin, so that their tokens are spread over time. One timer for all. */
export class PacedStreams {
  readonly #token: (number: number, padding: number) => string;
  /** Streams by the millisecond in which their next token is due. */
  readonly #due = new Map<number, Stream[]>();
  #tick = 0;
  #timer: NodeJS.Timeout | null = null;
  #streams = new Set<Stream>();

  /** `token`: what goes over the wire for a token. */
  constructor(token: (number: number, padding: number) => string) {
    this.#token = token;
  }

  add(
    response: ServerResponse,
    { every_ms, padding = 0 }: { readonly every_ms: number; readonly padding?: number },
    end: string,
  ): void {
    const stream = { response, every_ms, padding, end, sent: 0 };
    this.#streams.add(stream);
    response.on("close", () => this.#streams.delete(stream));
    if (this.#timer === null) {
      this.#tick = Math.floor(performance.now());
      this.#timer = setInterval(() => this.#advance(), 1);
    }
    this.#send(stream, this.#tick);
  }

  /** @returns the number of tokens that the open streams have sent */
  finish(): number {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#due.clear();
    let sent = 0;
    for (const stream of this.#streams) {
      sent += stream.sent;
      stream.response.end(stream.end);
    }
    this.#streams = new Set();
    return sent;
  }

  #advance(): void {
    const now = Math.floor(performance.now());
    for (; this.#tick < now; this.#tick += 1) {
      const streams = this.#due.get(this.#tick);
      if (streams === undefined) continue;
      this.#due.delete(this.#tick);
      for (const stream of streams) if (this.#streams.has(stream)) this.#send(stream, this.#tick);
    }
  }

  #send(stream: Stream, tick: number): void {
    stream.response.socket?.write(this.#token(stream.sent, stream.padding));
    stream.sent += 1;
    const next = tick + stream.every_ms;
    const due = this.#due.get(next);
    if (due === undefined) this.#due.set(next, [stream]);
    else due.push(stream);
  }
}
