import { type RequestHandler, Router } from "express";
import { z } from "zod";
import { addressOf } from "../auth/address.ts";
import type { Auth } from "../auth/auth.ts";
import { callerRefusal } from "../auth/caller-refusal.ts";
import type { Limits } from "../limits.ts";
import { Rejection } from "../rejection.ts";
import { jsonBody, parse } from "./body.ts";
import { methodNotAllowed, sendError } from "./errors.ts";
import { SIGN_IN_PAGE, SIGN_IN_POLICY } from "./sign-in-page.ts";

/** As long as the longest token that the `auth` frame takes. */
const TOKEN_LENGTH = 16_384;

const Credentials = z.object({ token: z.string().min(1).max(TOKEN_LENGTH) });

/** The doors that are open to everybody: the page that asks for a token, and what makes a cookie of one. */
export function signInRoutes({ audit, doors }: Auth, limits: Limits): Router {
  const router = Router({ caseSensitive: true });
  if (doors === null) {
    router.get("/sign-in", (_request, response) => response.redirect("/"));
    return router;
  }
  const { tokens, cookie, signIns, signInLimit } = doors;
  const body = jsonBody({ ...limits, frame_bytes: TOKEN_LENGTH + 1_024 });

  router.get("/sign-in", (_request, response) => {
    response.set({ "Content-Security-Policy": SIGN_IN_POLICY, "Cache-Control": "no-cache" });
    response.type("html").send(SIGN_IN_PAGE);
  });

  const limited = (address: string, wait_ms: number): void => {
    if (wait_ms === 0) return;
    audit.refused({ address }, "rate_limited");
    throw new Rejection("rate_limited", "Too many sign-ins: wait.", { retry_after_ms: wait_ms });
  };
  const knock: RequestHandler = (request, _response, next) => {
    const address = addressOf(request);
    limited(address, signInLimit.knock(address));
    next();
  };

  router.post("/api/v1/sign-in", knock, ...body, async (request, response) => {
    const address = addressOf(request);
    const { token } = parse(Credentials, request.body);
    response.set("Cache-Control", "no-store");
    if (cookie.set(request, "", 0) === null)
      return sendError(response, 400, "insecure", "Sign in over https: anybody on the way could read along.");
    const verdict = await tokens.verify(token, address);
    if (verdict.kind !== "valid") {
      audit.refused({ address }, verdict.kind);
      const { status, code, message, headers } = callerRefusal(verdict);
      return sendError(response.set(headers), status, code, message);
    }
    limited(address, signInLimit.known(address, verdict.principal));
    const signedIn = await signIns.create(verdict.principal, verdict.authority);
    if (signedIn === null) return sendError(response, 503, "overloaded", "Too many people are signed in.");
    const { id, principal } = signedIn;
    audit.signedIn({ address }, principal);
    const lasts_ms = (principal.expires_at ?? Number.POSITIVE_INFINITY) - Date.now();
    response.set("Set-Cookie", cookie.set(request, id, Math.min(lasts_ms, limits.sign_in_ms)) ?? "");
    response.json({ user: { id: principal.user_id }, scope: principal.scope, expires_at: principal.expires_at });
  });

  router.post("/api/v1/sign-out", ...body, async (request, response) => {
    response.set({ "Cache-Control": "no-store", "Set-Cookie": cookie.clear(request) });
    for (const id of cookie.read(request)) {
      const principal = signIns.find(id);
      if (principal === null) continue;
      audit.signedOut({ address: addressOf(request) }, principal);
      await signIns.revoke(id).catch((cause: unknown) => {
        const message = "Signed out until the next restart, but that is not stored: the storage is not available now.";
        throw new Rejection("storage_unavailable", message, { cause });
      });
    }
    response.status(204).end();
  });
  router.all("/sign-in", methodNotAllowed("GET", "HEAD"));
  router.all(["/api/v1/sign-in", "/api/v1/sign-out"], methodNotAllowed("POST"));
  return router;
}
