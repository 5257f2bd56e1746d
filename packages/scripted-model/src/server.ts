import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatRequest } from "./chat.ts";
import { type Clock, systemClock } from "./clock.ts";
import { parseChatRequest, readBody, refusal, safeHeaders } from "./incoming.ts";
import { play } from "./play.ts";
import type { Script } from "./script.ts";
import { foldWriter, sendWhole, streamWriter } from "./writers.ts";

export interface ResponderContext {
  /** 0 for the server's first chat request, then 1, 2, … */
  readonly index: number;
  /** 1 for the first request with these messages and this model, 2 for its repetition, … */
  readonly attempt: number;
  /** Aborts when the client leaves or the server closes: for scripts that wait by themselves. */
  readonly signal: AbortSignal;
}

/** Chooses what to do with a request. One that throws is answered with 500 and its message. */
export type Responder = (request: ChatRequest, context: ResponderContext) => Script | Promise<Script>;

export interface RequestRecord {
  readonly index: number;
  readonly attempt: number;
  readonly body: ChatRequest;
  /** Secrets (`authorization`, cookies, API keys) are replaced by `secretDigest`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** The client closed before the script had ended. */
  aborted: boolean;
  /** The script ended: the whole response, or its `cut`, has left. */
  ended: boolean;
  /** Resolves when one of the two above has become true, or the server was closed. */
  readonly closed: Promise<void>;
}

export interface ScriptedModel extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly port: number;
  /** Valid chat requests, oldest first; beyond `maxRequestsKept` the oldest are dropped. */
  readonly requests: readonly RequestRecord[];
  /** Called with each valid request before it is answered. Returns what takes the listener away. */
  onRequest(listener: (record: RequestRecord) => void): () => void;
  /** Drops every connection and frees the port. */
  close(): Promise<void>;
}

export interface ScriptedModelOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly responder: Responder;
  /** The names `/v1/models` lists; others are then answered with 404. Without it every name is taken. */
  readonly models?: readonly string[];
  /** 1000 by default. */
  readonly maxRequestsKept?: number;
  readonly clock?: Clock;
}

/** Listens on 127.0.0.1. Rejects with the system's error where the port is taken. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const service = new Service(options);
  const server = createServer((request, response) => {
    service.handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      service.closing = true;
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests: service.requests,
    onRequest: (listener) => {
      service.listeners.add(listener);
      return () => service.listeners.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

class Service {
  readonly requests: RequestRecord[] = [];
  readonly listeners = new Set<(record: RequestRecord) => void>();
  /** From here on it is not the clients who leave. */
  closing = false;
  readonly #options: ScriptedModelOptions;
  readonly #clock: Clock;
  readonly #kept: number;
  readonly #attempts = new Map<string, number>();
  #index = 0;

  constructor(options: ScriptedModelOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#kept = options.maxRequestsKept ?? 1000;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path === "/v1/chat/completions") {
      await (request.method === "POST" ? this.#chat(request, response) : notAllowed(response, "POST"));
    } else if (path === "/v1/models") {
      await (request.method === "GET" ? this.#models(response) : notAllowed(response, "GET"));
    } else {
      const { status, body } = refusal(404, "not_found", "There is no such path here.");
      await sendWhole(response, status, {}, body);
    }
  }

  #models(response: ServerResponse): Promise<void> {
    const names = this.#options.models ?? ["scripted-model"];
    const data = names.map((id) => ({ id, object: "model", created: 0, owned_by: "scripted-model" }));
    return sendWhole(response, 200, {}, { object: "list", data });
  }

  async #chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = this.#clock.now();
    const parsed = parseChatRequest(await readBody(request), this.#options.models);
    if ("refusal" in parsed) {
      await sendWhole(response, parsed.refusal.status, {}, parsed.refusal.body);
      return;
    }
    const left = new AbortController();
    const record = this.#record(parsed.request, request, response, left);
    const { index, attempt } = record;
    const { signal } = left;
    const onCut = (): void => {
      record.ended = true;
    };
    const writer = parsed.request.stream === true ? streamWriter(response, signal, onCut) : foldWriter(response, onCut);
    const at = record.at;
    try {
      const script = await this.#options.responder(parsed.request, { index, attempt, signal });
      const id = `chatcmpl-scripted-${index}`;
      const created = Math.floor(at / 1000);
      const clock = this.#clock;
      await play(script, { request: parsed.request, id, created, writer, clock, startedAt, signal });
    } catch (error) {
      if (!signal.aborted) {
        await failed(response, error);
      }
    }
    record.ended ||= !signal.aborted;
  }

  #record(body: ChatRequest, request: IncomingMessage, response: ServerResponse, left: AbortController): RequestRecord {
    const { promise, resolve } = Promise.withResolvers<void>();
    const record: RequestRecord = {
      index: this.#index,
      attempt: this.#attempt(body),
      body,
      headers: safeHeaders(request.headers),
      at: Date.now(),
      aborted: false,
      ended: false,
      closed: promise,
    };
    this.#index += 1;
    response.once("close", () => {
      if (response.writableFinished) {
        record.ended = true;
      } else if (!record.ended && !this.closing) {
        record.aborted = true;
      }
      left.abort();
      resolve();
    });
    this.requests.push(record);
    if (this.requests.length > this.#kept) {
      this.requests.shift();
    }
    for (const listener of this.listeners) {
      listener(record);
    }
    return record;
  }

  #attempt(body: ChatRequest): number {
    const key = createHash("sha256")
      .update(JSON.stringify([body.model, body.messages]))
      .digest("base64");
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.delete(key);
    this.#attempts.set(key, attempt);
    const oldest = this.#attempts.keys().next().value;
    if (this.#attempts.size > this.#kept && oldest !== undefined) {
      this.#attempts.delete(oldest);
    }
    return attempt;
  }
}

function notAllowed(response: ServerResponse, allow: string): Promise<void> {
  const { status, body } = refusal(405, "method_not_allowed", `Only ${allow} is answered here.`);
  return sendWhole(response, status, { allow }, body);
}

/** A responder's or script's own fault: 500 where nothing was sent yet, else the connection breaks. */
async function failed(response: ServerResponse, error: unknown): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  const answer = refusal(500, "responder_failed", `The responder threw: ${message}`);
  await sendWhole(response, answer.status, {}, answer.body);
}
