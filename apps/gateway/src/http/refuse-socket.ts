import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Refusal } from "./guard.ts";

/** Answers on a raw socket that no request handler owns, and ends it. */
export function refuseSocket(socket: Duplex, refusal: Refusal, headers: Readonly<Record<string, string>> = {}): void {
  if (!socket.writable) return void socket.destroy();
  const { status, code, message } = refusal;
  const body = JSON.stringify({ error: { code, message } });
  const lines = Object.entries({
    Connection: "close",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`, () =>
    socket.destroy(),
  );
}

/** What to answer to an `Expect` of anything but `100-continue`. */
export const UNMET: Refusal = {
  status: 417,
  code: "expectation_failed",
  message: "This expectation cannot be met.",
};

/** What to answer where the HTTP parser gave up on a request, or waited for it too long. */
export function unreadable(error: Error): Refusal {
  switch ("code" in error ? error.code : null) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: "too_large", message: "The headers are too large." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, code: "too_large", message: "The body is too large." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code: "timeout", message: "The request did not arrive in time." };
    default:
      return { status: 400, code: "bad_request", message: "The request is malformed." };
  }
}
