import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../failure.ts";
import type { Ledger } from "./ledger.ts";
import type { Place } from "./place.ts";
import { isEvent, type Received } from "./received.ts";
import { VerifySocket } from "./socket.ts";
import type { Connect, Next, Visit } from "./viewer.ts";

interface Control {
  readonly type: string;
  readonly session_id?: string;
  readonly epoch?: string;
  readonly after?: number;
  readonly head?: number;
  readonly reset?: boolean;
  readonly seq?: number;
  readonly code?: string;
  readonly retry_after_ms?: number;
}

/** Do not come back as you are. */
const isFinal = (code: number | null): boolean => code !== null && code >= 4_100 && code < 4_200;

/** Reads a session over a WebSocket, after its cursor. */
export function overSocket(place: Place, session_id: string, ledger: Ledger): Connect {
  return async (visit, leave) => {
    const ended = Promise.withResolvers<number | null>();
    const onClose = (code: number | null, failure: unknown): void =>
      failure === null ? ended.resolve(code) : ended.reject(failure);
    const events = { onText: (text: string) => reading.take(text), onClose };
    const socket = await VerifySocket.open(place, events);
    const reading = new Reading(socket, session_id, ledger, visit);
    const go = (): void => socket.cut("close");
    leave.addEventListener("abort", go);
    if (leave.aborted) go();
    const timer = visit.cut?.point === "time" ? setTimeout(() => reading.cut(), visit.cut.ms) : undefined;
    const code = await ended.promise.finally(() => {
      clearTimeout(timer);
      leave.removeEventListener("abort", go);
    });
    if (isFinal(code)) throw new CommandFailure(`the gateway closed a connection with ${code}`);
    if (reading.wait_ms > 0) await pause(Math.min(60_000, reading.wait_ms));
    return !leave.aborted && !reading.left;
  };
}

class Reading {
  readonly #socket: VerifySocket;
  readonly #session_id: string;
  readonly #ledger: Ledger;
  readonly #visit: Visit;
  #begun = false;
  /** It was let go of without a cut. */
  left = false;
  wait_ms = 0;

  constructor(socket: VerifySocket, session_id: string, ledger: Ledger, visit: Visit) {
    this.#socket = socket;
    this.#session_id = session_id;
    this.#ledger = ledger;
    this.#visit = visit;
  }

  take(text: string): void {
    const frame = readFrame(text);
    if (frame === null) return this.#ledger.garbled();
    if (frame.session_id !== this.#session_id && frame.type !== "welcome" && frame.type !== "reject") return;
    this.#next(isEvent(frame) && frame.type !== "live" ? this.#event(frame) : this.#control(frame));
  }

  cut(): void {
    this.#socket.cut(this.#visit.cut?.how ?? "end");
  }

  #event(event: Received): Next {
    if (this.#begun) return this.#visit.event(event);
    this.#ledger.untold("where its subscription begins");
    return "leave";
  }

  #control(frame: Control): Next {
    switch (frame.type) {
      case "welcome":
        return this.#subscribe();
      case "subscribed":
        if (this.#begun) this.#ledger.again("where its subscription begins");
        this.#begun = true;
        this.#visit.head = frame.head ?? 0;
        this.#ledger.begin(frame.epoch ?? "", frame.after ?? 0, frame.reset === true);
        return this.#visit.at("answered");
      case "live":
        this.#ledger.live(frame.seq ?? 0);
        if (this.#visit.cut?.point === "caught_up") return "cut";
        return this.#visit.at("live");
      case "reject":
        if (frame.code !== "rate_limited") throw new CommandFailure(`the gateway refused to be read: ${frame.code}`);
        this.wait_ms = frame.retry_after_ms ?? 1_000;
        return "leave";
      default:
        return "go on";
    }
  }

  #subscribe(): Next {
    const next = this.#visit.at("greeted");
    if (next !== "go on") return next;
    const { position, epoch } = this.#ledger;
    const from = { after: position, ...(epoch !== null && { epoch }) };
    this.#socket.send({ type: "subscribe", id: "read", session_id: this.#session_id, ...from });
    return this.#visit.at("asked");
  }

  #next(next: Next): void {
    if (next === "cut") this.cut();
    if (next === "within") this.#socket.cutWithin(this.#visit.cut?.bytes ?? 1);
    if (next !== "leave") return;
    this.left = true;
    this.#socket.cut("close");
  }
}

function readFrame(text: string): Control | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" ? (frame as Control | null) : null;
  } catch {
    return null;
  }
}
