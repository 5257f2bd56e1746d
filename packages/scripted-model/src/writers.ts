import type { ServerResponse } from "node:http";
import { sseComment, sseEvent } from "./encode.ts";
import { CompletionFold } from "./fold.ts";
import type { Writer } from "./play.ts";

type Headers = Readonly<Record<string, string>>;

const STREAM_HEADERS: Headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

/**
 * Writes an SSE body; the headers go out with the first bytes.
 *
 * @param onCut called when a `cut` is carried out, before the client can see it
 */
export function streamWriter(response: ServerResponse, signal: AbortSignal, onCut: () => void): Writer {
  const write = (body: string | Uint8Array): Promise<void> | undefined => {
    if (signal.aborted) {
      return undefined;
    }
    if (!response.headersSent) {
      response.writeHead(200, STREAM_HEADERS);
    }
    return response.write(body) ? undefined : drained(response, signal);
  };
  return {
    data: (text, event) => write(sseEvent(text, event)),
    raw: write,
    comment: (text) => write(sseComment(text)),
    open: (status, headers) => {
      if (!response.headersSent) {
        response.writeHead(status, { ...STREAM_HEADERS, ...headers });
        response.flushHeaders();
      }
    },
    whole: (status, headers, body) => sendWhole(response, status, headers, body),
    trailers: (trailers) => response.addTrailers(trailers),
    end: () => {
      if (!response.headersSent) {
        response.writeHead(200, STREAM_HEADERS);
      }
      return ended(response);
    },
    cut: (how) => cut(response, how, onCut),
  };
}

/** Folds the same script into one JSON answer. Raw bytes and comments have no place in it and are left out. */
export function foldWriter(response: ServerResponse, onCut: () => void): Writer {
  const fold = new CompletionFold();
  let opened: { readonly status: number; readonly headers: Headers } | undefined;
  return {
    data: (text) => {
      fold.add(text);
      return undefined;
    },
    raw: () => undefined,
    comment: () => undefined,
    open: (status, headers) => {
      opened = { status, headers };
    },
    whole: (status, headers, body) => sendWhole(response, status, headers, body),
    trailers: (trailers) => response.addTrailers(trailers),
    end: () => {
      const { status, body } = fold.result();
      return sendWhole(response, opened?.status ?? status, opened?.headers ?? {}, body);
    },
    cut: (how) => cut(response, how, onCut),
  };
}

export async function sendWhole(
  response: ServerResponse,
  status: number,
  headers: Headers,
  body: string | Uint8Array | object,
): Promise<void> {
  const plain = isBytes(body) || typeof body === "string";
  const content = plain ? body : JSON.stringify(body);
  if (!response.headersSent) {
    const type = plain ? "text/plain; charset=utf-8" : "application/json";
    const length = String(Buffer.byteLength(content));
    response.writeHead(status, { "content-type": type, "content-length": length, ...headers });
  }
  response.write(content);
  await ended(response);
}

function isBytes(body: string | Uint8Array | object): body is Uint8Array {
  return body instanceof Uint8Array;
}

function ended(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve();
      return;
    }
    response.once("close", () => resolve());
    response.end(() => resolve());
  });
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    response.on("drain", go);
    signal.addEventListener("abort", go, { once: true });
  });
}

/** `fin` sends what was written and closes; a reset waits for that too, since it would overtake it. */
async function cut(response: ServerResponse, how: "fin" | "rst", onCut: () => void): Promise<void> {
  const { socket } = response;
  if (socket === null || socket.destroyed) {
    return;
  }
  if (how === "fin") {
    onCut();
    socket.destroySoon();
    return;
  }
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.write("", () => resolve());
  });
  await new Promise((resolve) => setImmediate(resolve));
  if (!socket.destroyed) {
    onCut();
  }
  socket.resetAndDestroy();
}
