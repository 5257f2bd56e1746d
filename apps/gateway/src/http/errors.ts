import { REJECT_CODES } from "@millrace/protocol";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import type { DoorMeter } from "../metrics/meters.ts";
import { Rejection } from "../rejection.ts";

/** A request was refused before it became a command. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.code = code;
  }
}

export function sendError(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message } });
}

export const notFound: RequestHandler = (_request, response) => {
  sendError(response, 404, "not_found", "No such route.");
};

/** For what exists, but not under this method. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  return (_request, response) => {
    response.set("Allow", allowed.join(", "));
    sendError(response, 405, "method_not_allowed", "This method is not served here.");
  };
}

/** The last handler: every failure as JSON, without stack or echo. */
export function errorHandler(log: Logger, meter?: DoorMeter): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof HttpError) return sendError(response, error.status, error.code, error.message);
    if (error instanceof Rejection) {
      meter?.rejected("http", error.code);
      if (error.retry_after_ms !== undefined)
        response.set("Retry-After", String(Math.ceil(error.retry_after_ms / 1000)));
      return sendError(response, REJECT_CODES[error.code], error.code, error.message);
    }
    const known = bodyError(error);
    if (known !== null) return sendError(response, known.status, known.code, known.message);
    log.error({ error }, "a request failed");
    sendError(response, 500, "internal", "The request failed.");
  };
}

/** Failures of the router and the body parser, by the `status` they carry. */
function bodyError(error: unknown): { status: number; code: string; message: string } | null {
  const status = error instanceof Error && "status" in error ? error.status : null;
  switch (status) {
    case 400:
      return { status, code: "bad_request", message: "The request is malformed." };
    case 408:
      return { status, code: "timeout", message: "The body did not arrive in time." };
    case 413:
      return { status, code: "too_large", message: "The body is too large." };
    case 415:
      return { status, code: "unsupported_media_type", message: "Send JSON as UTF-8." };
    default:
      return null;
  }
}
