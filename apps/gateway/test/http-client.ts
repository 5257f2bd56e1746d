import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { expectNoSecret } from "./suite-canaries.ts";
import { within } from "./within.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown;
}

export interface HttpOptions {
  readonly method?: string;
  /** Replace the defaults; a list repeats a header. */
  readonly headers?: Record<string, string | string[]>;
  /** A text or bytes as they are; anything else as JSON with its content type. */
  readonly body?: unknown;
}

/** HTTP without a browser's or fetch's opinions: any header, any method, any bytes. */
export class HttpClient {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.send(path, { headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.send(path, { method: "POST", body, headers });
  }

  async send(path: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    const response = await this.open(path, options);
    let text = "";
    response.setEncoding("utf8");
    const read = async (): Promise<void> => {
      for await (const chunk of response) text += chunk;
    };
    await within(read(), `the body of ${path}`, 20_000);
    expectNoSecret(`the answer to ${path}`, text);
    return { status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) };
  }

  /** The response as soon as its headers are there. */
  open(path: string, { method = "GET", headers = {}, body }: HttpOptions = {}): Promise<IncomingMessage> {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const bytes = body === undefined ? null : Buffer.from(raw ? body : JSON.stringify(body));
    const type = body === undefined || raw ? {} : { "Content-Type": "application/json" };
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      const length = bytes === null ? {} : { "Content-Length": String(bytes.length) };
      const options = { host: "127.0.0.1", port: this.#port, path, method, agent: false } as const;
      const sent = request({ ...options, headers: { ...type, ...length, ...headers } }, resolve);
      sent.on("error", reject);
      sent.end(bytes ?? undefined);
    });
    return within(answer, `${method} ${path}`);
  }

  /** An SSE stream; `Accept` is set for the events' door. */
  async stream(path: string, options: HttpOptions = {}): Promise<SseReader> {
    const headers = { Accept: "text/event-stream", ...options.headers };
    return new SseReader(await this.open(path, { ...options, headers }));
  }
}

export interface SseMessage {
  readonly event: string;
  readonly id: string | null;
  readonly data: unknown;
}

/** The messages of an SSE stream, kept as they come. */
export class SseReader {
  readonly response: IncomingMessage;
  readonly messages: SseMessage[] = [];
  readonly comments: string[] = [];
  readonly ended: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #rest = "";

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding("utf8");
    response.on("data", (text: string) => this.#push(text));
    response.on("error", () => {});
    this.ended = new Promise((resolve) => response.on("close", resolve));
  }

  async until(fits: (message: SseMessage) => boolean, what = "an SSE message"): Promise<SseMessage> {
    const found = new Promise<SseMessage>((resolve) => {
      const check = (): void => {
        const message = this.messages.find(fits);
        if (message === undefined) return;
        this.#waiting.delete(check);
        resolve(message);
      };
      this.#waiting.add(check);
      check();
    });
    return within(found, () => `${what}; received: ${JSON.stringify(this.messages.slice(-5))}`);
  }

  /** The first `data` of that `type`. */
  async type(type: string): Promise<Record<string, unknown>> {
    const { data } = await this.until((message) => (message.data as { type?: string }).type === type, type);
    return data as Record<string, unknown>;
  }

  leave(): void {
    this.response.destroy();
  }

  #push(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#take(block.split("\n"));
    for (const check of this.#waiting) check();
  }

  #take(lines: readonly string[]): void {
    const field = (name: string): string | null =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
    const data = field("data");
    if (data === null) this.comments.push(lines.join("\n"));
    else this.messages.push({ event: field("event") ?? "message", id: field("id"), data: JSON.parse(data) });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
