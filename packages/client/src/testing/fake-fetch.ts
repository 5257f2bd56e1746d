/** A request of the client, which the test answers. */
export class Asked {
  readonly method: string;
  /** Path and query below the gateway's address. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
  aborted = false;
  readonly #answer: PromiseWithResolvers<Response>;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(url: string, init: RequestInit, answer: PromiseWithResolvers<Response>) {
    this.method = init.method ?? "GET";
    this.path = url.replace("http://gateway.test/api/v1", "");
    this.headers = new Headers(init.headers);
    this.body = typeof init.body === "string" ? JSON.parse(init.body) : null;
    this.#answer = answer;
    init.signal?.addEventListener("abort", () => {
      this.aborted = true;
      answer.reject(new DOMException("aborted", "AbortError"));
      this.die();
    });
  }

  json(body: unknown, init?: ResponseInit): void {
    this.#answer.resolve(Response.json(body, init));
  }

  /** No answer, or no more of it. */
  die(): void {
    this.#answer.reject(new TypeError("fetch failed"));
    try {
      this.#stream?.error(new TypeError("terminated"));
    } catch {
      // It was closed before.
    }
  }

  /** Answers with an event stream, to be written by `events`. */
  stream(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
    });
    this.#answer.resolve(new Response(body, { headers: { "millrace-epoch": "e1" } }));
  }

  write(text: string): void {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  events(...events: readonly { seq: number }[]): void {
    this.write(events.map((event) => `id: e1.${event.seq}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  }
}

/** A `fetch` that keeps what was asked. */
export class FakeFetch {
  readonly asked: Asked[] = [];

  readonly fetch: typeof fetch = ((url: unknown, init: RequestInit = {}): Promise<Response> => {
    const answer = Promise.withResolvers<Response>();
    this.asked.push(new Asked(String(url), init, answer));
    return answer.promise;
  }) as typeof fetch;

  /** Requests like `GET /sessions`, oldest first. */
  of(method: string, path: string): Asked[] {
    return this.asked.filter((asked) => asked.method === method && asked.path.split("?")[0] === path);
  }

  last(method: string, path: string): Asked {
    const asked = this.of(method, path).at(-1);
    if (asked === undefined) throw new Error(`no ${method} ${path} was asked`);
    return asked;
  }
}
