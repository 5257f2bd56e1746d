import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { FetchRefused } from "./fetch-target.ts";

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Media type in lower case, without parameters; "" where there is none. */
  readonly type: string;
  readonly charset: string | null;
  /** As it was sent; of redirects alone. */
  readonly location: string | null;
  /** What the server says the body's length is. Bytes. */
  readonly length: number | null;
  /** Decoded. Read it, or `discard`. */
  body(limit: number): Promise<Body>;
  discard(): void;
}

export interface Body {
  readonly bytes: Uint8Array;
  /** There was more than the limit. */
  readonly cut: boolean;
}

/**
 * Asks for one address, once, at the given addresses and no others. Carries no cookies, credentials or referrer, and
 * takes no proxy. Rejects with `signal`'s reason when that aborts.
 *
 * @throws FetchRefused where no answer comes
 */
export function request(url: URL, addresses: readonly string[], signal: AbortSignal): Promise<Answer> {
  const secure = url.protocol === "https:";
  const { request: send, Agent } = secure ? https : http;
  const options: https.RequestOptions = {
    // Its own connection: a shared one may have been made for a name that led elsewhere.
    agent: new Agent({ keepAlive: false }),
    lookup: lookupOf(addresses),
    signal,
    headers: {
      accept: "text/html,application/xhtml+xml,application/json,text/*;q=0.9,*/*;q=0.1",
      "accept-encoding": "gzip, deflate, br",
      "user-agent": "Millrace",
      connection: "close",
    },
    ...(secure && { rejectUnauthorized: true }),
  };
  return new Promise((resolve, reject) => {
    const asked = send(url, options, (response) => resolve(answerOf(response, signal)));
    asked.on("error", (error) => reject(signal.aborted ? signal.reason : unreachable(error)));
    asked.end();
  });
}

function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    const [first] = all;
    if (options.all === true) done(null, all);
    else done(null, first!.address, first!.family);
  };
}

function answerOf(response: IncomingMessage, signal: AbortSignal): Answer {
  const { headers, statusCode: status = 0 } = response;
  const [type = "", ...parameters] = (headers["content-type"] ?? "").split(";");
  const charset = /^\s*charset\s*=\s*"?([^"\s]+)/i;
  const length = Number(headers["content-length"] ?? Number.NaN);
  // A body that nobody reads may still end badly.
  response.on("error", () => {});
  return {
    status,
    type: type.trim().toLowerCase(),
    charset:
      parameters.map((parameter) => charset.exec(parameter)?.[1] ?? null).find((found) => found !== null) ?? null,
    location: status >= 300 && status < 400 ? (headers.location ?? null) : null,
    length: Number.isSafeInteger(length) ? length : null,
    body: (limit) => read(decoded(response), limit, signal),
    discard: () => response.destroy(),
  };
}

function decoded(response: IncomingMessage): Readable {
  const coding = (response.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (coding === "identity" || coding === "") return response;
  const decoder =
    coding === "gzip" || coding === "x-gzip"
      ? createGunzip()
      : coding === "deflate"
        ? createInflate()
        : coding === "br"
          ? createBrotliDecompress()
          : null;
  if (decoder === null) {
    response.destroy();
    throw new FetchRefused("The answer is encoded in a way that was not asked for.");
  }
  return pipeline(response, decoder, () => {});
}

async function read(stream: Readable, limit: number, signal: AbortSignal): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop ends the stream, and with it the connection: what was not read is not even decoded.
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      if (size > limit) return { bytes: Buffer.concat(chunks), cut: true };
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : unreachable(error);
  }
  return { bytes: Buffer.concat(chunks), cut: false };
}

function unreachable(error: unknown): FetchRefused {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return new FetchRefused(`The server did not answer properly (${code ?? "broken answer"}).`);
}
