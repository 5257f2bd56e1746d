import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type Transport,
  type TransportSendOptions,
} from "@modelcontextprotocol/client";
import { boundedFetch } from "./bounded-fetch.ts";

export interface HttpOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests cannot be sent, or the stream for the server's notifications cannot be opened again. */
  readonly doubted: () => void;
}

/** Is the `data` of an error that no server sent: the answer can no longer come. No parsed JSON is this object. */
export const ANSWER_LOST: object = Object.freeze({});

/** How long the end of the server's session may take. Milliseconds. */
const FAREWELL_MS = 1_000;

/**
 * Streamable HTTP as the SDK speaks it, and on top of that: a request ends when its stream does, a cancelled one
 * closes its stream, no message is larger than allowed, and nothing is ever sent to another host.
 */
export class HttpTransport implements Transport {
  onmessage?: Transport["onmessage"];
  onerror?: Transport["onerror"];
  onclose?: Transport["onclose"];
  readonly hasPerRequestStream = true;

  readonly #inner: StreamableHTTPClientTransport;
  /** By the id of a request whose answer is awaited: closes its stream. */
  readonly #awaited = new Map<unknown, AbortController>();
  #reason: string | null = null;
  #closing: Promise<void> | null = null;

  constructor({ url, headers, doubted }: HttpOptions) {
    const address = new URL(url);
    const fetch = boundedFetch(address, {
      doubted,
      overflowed: (problem) => {
        this.#reason ??= problem;
        void this.close();
      },
    });
    this.#inner = new StreamableHTTPClientTransport(address, { requestInit: { headers: { ...headers } }, fetch });
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onmessage = (message) => {
      if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) this.#awaited.delete(message.id);
      this.onmessage?.(message);
    };
  }

  /** Why the connection ended, in words that follow the server's name; null while it lasts and where it was closed. */
  get reason(): string | null {
    return this.#reason;
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion(version);
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (!isJSONRPCRequest(message)) {
      await this.#inner.send(message);
      this.#cancelled(message);
      return;
    }
    const { id } = message;
    const stop = new AbortController();
    this.#awaited.set(id, stop);
    const requestSignal =
      options.requestSignal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.requestSignal]);
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.();
      this.#lose(id);
    };
    try {
      await this.#inner.send(message, { requestSignal, onRequestStreamEnd, headers: options.headers ?? {} });
    } catch (error) {
      this.#awaited.delete(id);
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const farewell = Promise.withResolvers<void>();
    const timer = setTimeout(farewell.resolve, FAREWELL_MS);
    await Promise.race([this.#inner.terminateSession().catch(() => {}), farewell.promise]);
    clearTimeout(timer);
    await this.#inner.close();
  }

  #cancelled(message: JSONRPCMessage): void {
    if (!("method" in message) || message.method !== "notifications/cancelled") return;
    const id = message.params?.requestId;
    this.#awaited.get(id)?.abort();
    this.#awaited.delete(id);
  }

  #lose(id: string | number): void {
    if (!this.#awaited.delete(id)) return;
    const error = { code: -32000, message: "The connection broke before the answer came", data: ANSWER_LOST };
    this.onmessage?.({ jsonrpc: "2.0", id, error });
  }
}
