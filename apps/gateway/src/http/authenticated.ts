import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { addressOf } from "../auth/address.ts";
import type { Audit } from "../auth/audit.ts";
import type { Auth } from "../auth/auth.ts";
import { authorize, Denial } from "../auth/authorize.ts";
import { callerRefusal } from "../auth/caller-refusal.ts";
import type { Principal } from "../auth/principal.ts";
import type { Shares } from "../auth/shares.ts";
import { Rejection } from "../rejection.ts";
import { sendError } from "./errors.ts";

const READING = new Set(["GET", "HEAD"]);

/**
 * Lets nobody past who has not said who they are, before their body is read. What a route answers to somebody ends when
 * they do: a stream too. A method that changes something needs a principal that may, whatever the route asks for.
 */
export function authenticated(auth: Auth, shares: Pick<Shares, "request">): RequestHandler {
  return async (request, response, next) => {
    const address = addressOf(request);
    const caller = await auth.callerOf(request, address);
    if (caller.kind !== "valid") {
      if (caller.kind !== "nobody") auth.audit.refused({ address }, caller.kind);
      const { status, code, message, headers } = callerRefusal(caller);
      // The rest of the request is not waited for.
      if (!READING.has(request.method)) response.set("Connection", "close");
      return sendError(response.set(headers), status, code, message);
    }
    const { principal } = caller;
    response.locals.principal = principal;
    const retry_after_ms = shares.request(principal);
    if (retry_after_ms > 0) throw new Rejection("rate_limited", "Too many requests.", { retry_after_ms });
    authorize(principal, READING.has(request.method) ? "read" : "change", null);
    response.on(
      "close",
      principal.onEnd(() => void response.destroy()),
    );
    next();
  };
}

/** Who asks; only behind {@link authenticated}. */
export function principalOf(response: Response): Principal {
  return response.locals.principal;
}

/** Writes down who was denied what, and passes it on. */
export function auditDenials(audit: Audit): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (error instanceof Denial) {
      const session_id = /^\/api\/v1\/sessions\/([^/]+)/.exec(request.path)?.[1];
      audit.denied({ address: addressOf(request) }, principalOf(response), error, session_id);
    }
    next(error);
  };
}
