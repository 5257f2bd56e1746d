import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WS_PATH } from "@millrace/protocol";
import type { Logger } from "pino";
import { addressOf, limitKey } from "../auth/address.ts";
import type { Auth, Caller } from "../auth/auth.ts";
import { type CallerRefusal, callerRefusal } from "../auth/caller-refusal.ts";
import type { Principal } from "../auth/principal.ts";
import { WindowCounter } from "../auth/window-counter.ts";
import type { Guard, Refusal } from "../http/guard.ts";
import { refuseSocket } from "../http/refuse-socket.ts";
import type { Limits } from "../limits.ts";
import type { SocketServer } from "./socket-server.ts";

const WINDOW_MS = 10_000;

export interface UpgradesContext {
  readonly guard: Guard;
  readonly auth: Auth;
  readonly sockets: SocketServer;
  readonly limits: Limits;
  readonly now: () => number;
  readonly log: Logger;
}

/** Decides which upgrade requests become sockets. Every other one is answered and destroyed. */
export class Upgrades {
  readonly #context: UpgradesContext;
  readonly #strangers: WindowCounter;
  /** Upgrades whose token is being checked. */
  #checking = 0;

  constructor(context: UpgradesContext) {
    const { limits, now } = context;
    this.#context = context;
    this.#strangers = new WindowCounter(limits.unauthenticated_upgrades, WINDOW_MS, now);
  }

  async take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { guard, auth, sockets, log } = this.#context;
    socket.on("error", () => socket.destroy());
    const address = addressOf(request);
    try {
      const refusal = guard.check(request) ?? notOurs(request);
      if (refusal !== null) {
        if (refusal.status !== 404) auth.audit.refused({ address }, refusal.code);
        return refuseSocket(socket, refusal);
      }
      const admitted = await this.#admit(request, address);
      if (admitted !== null && "status" in admitted) return refuseSocket(socket, admitted, admitted.headers);
      sockets.upgrade(request, socket, head, { principal: admitted, address });
    } catch (error) {
      log.error({ error }, "an upgrade failed");
      socket.destroy();
    }
  }

  /**
   * Who it is; null for somebody who has yet to say so. Until it is known who it is, each counts as a stranger, wherever
   * it comes from.
   */
  async #admit(request: IncomingMessage, address: string): Promise<Principal | null | CallerRefusal> {
    const { auth } = this.#context;
    if (auth.isKnown(request)) return this.#settle(await auth.callerOf(request, address), address);
    const key = limitKey(address);
    const limit = this.#limit(key);
    if (limit !== null) {
      auth.audit.refused({ address }, limit.code);
      return limit;
    }
    this.#strangers.add(key);
    this.#checking += 1;
    try {
      const caller = await auth.callerOf(request, address);
      if (caller.kind === "valid") this.#strangers.remove(key);
      return this.#settle(caller, address);
    } finally {
      this.#checking -= 1;
    }
  }

  #limit(key: string): CallerRefusal | null {
    const { sockets, limits } = this.#context;
    const wait_ms = this.#strangers.wait(key);
    if (wait_ms > 0) return tooMany(wait_ms);
    return sockets.waiting + this.#checking < limits.unauthenticated_waiting ? null : FULL;
  }

  #settle(caller: Caller, address: string): Principal | null | CallerRefusal {
    if (caller.kind === "valid") return caller.principal;
    if (caller.kind === "nobody") return null;
    this.#context.auth.audit.refused({ address }, caller.kind);
    return callerRefusal(caller);
  }
}

function notOurs(request: IncomingMessage): Refusal | null {
  if (request.headers.upgrade?.toLowerCase() !== "websocket") {
    return { status: 400, code: "bad_request", message: "Only WebSocket upgrades are served." };
  }
  const path = (request.url ?? "").split("?")[0];
  return path === WS_PATH ? null : { status: 404, code: "not_found", message: "No WebSocket here." };
}

function tooMany(wait_ms: number): CallerRefusal {
  const headers = { "Retry-After": String(Math.ceil(wait_ms / 1_000)) };
  return { status: 429, code: "rate_limited", message: "Too many connections that did not say who they are.", headers };
}

const FULL: CallerRefusal = {
  status: 503,
  code: "overloaded",
  message: "Too many connections wait to say who they are.",
  headers: { "Retry-After": "10" },
};
