import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { type ByteReader, readerOf } from "./byte-reader.ts";

/** Of a refusal's body only so much is read. Bytes. */
const REFUSAL_BYTES = 64 * 1024;

const http = new HttpAgent({ keepAlive: true });
const https = new HttpsAgent({ keepAlive: true });
const readers = new WeakMap<Response, ByteReader>();

/**
 * `fetch` for a model's endpoint, over `node:http`: the global one takes each chunk of a body through web streams,
 * which costs more than all that is done with it. Follows no redirect, so that the key goes nowhere else, and reads a
 * bounded part of a body that comes with another status than 2xx. The body of a 2xx is read with {@link bodyReader}.
 */
export async function boundedFetch(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const message = await send(new URL(url instanceof Request ? url.url : url), init);
  const status = message.statusCode ?? 0;
  const body = decoded(message);
  const headers = plain(message);
  if (status < 200 || status > 299) return new Response(refusal(await beginning(body)), { status, headers });
  const response = new Response(null, { status, headers });
  readers.set(response, readerOf(body));
  return response;
}

/** Reads the body of a response of {@link boundedFetch}; null where it has none. */
export function bodyReader(response: Response): ByteReader | null {
  return readers.get(response) ?? null;
}

function send(url: URL, { method = "GET", headers, body, signal }: RequestInit): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === "https:";
    const options = { method, agent: secure ? https : http, headers: Object.fromEntries(new Headers(headers)) };
    const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
    if (signal) closeWith(signal, request);
    request.on("error", reject);
    request.on("response", resolve);
    request.end(typeof body === "string" ? body : undefined);
  });
}

/** Apart from the rest, so that what lives as long as the request does not keep the body it was sent with. */
function closeWith(signal: AbortSignal, request: ClientRequest): void {
  const abort = (): void => void request.destroy(new DOMException("The request was stopped.", "AbortError"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  request.on("close", () => signal.removeEventListener("abort", abort));
}

function decoded(message: IncomingMessage): Readable {
  const unpack = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };
  const coding = message.headers["content-encoding"]?.toLowerCase() ?? "";
  if (!Object.hasOwn(unpack, coding)) return message;
  const body = unpack[coding as keyof typeof unpack]();
  message.on("error", (error) => body.destroy(error));
  return message.pipe(body);
}

async function beginning(body: Readable): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = REFUSAL_BYTES;
  for await (const bytes of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes.subarray(0, left), { stream: true });
    left -= bytes.length;
    if (left <= 0) break;
  }
  return text;
}

/** The `openai` package keeps only the `error` of a refusal that is JSON: one without it becomes it. */
function refusal(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (value === null || (typeof value === "object" && "error" in value)) return body;
    return JSON.stringify({ error: value });
  } catch {
    return body;
  }
}

/** The body is decoded and may be cut: what describes its bytes no longer holds. */
function plain({ headers }: IncomingMessage): Headers {
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (["content-encoding", "content-length", "transfer-encoding"].includes(name) || value === undefined) continue;
    kept.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return kept;
}
