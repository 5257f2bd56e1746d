import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "./context.ts";
import type { Cut } from "./cuts.ts";
import type { Fault } from "./fault.ts";
import { Ledger } from "./ledger.ts";
import { Refused } from "./place.ts";
import { isEvent } from "./received.ts";
import { VerifySocket } from "./socket.ts";

/** What a command is answered with. */
export interface Reply {
  readonly type: "ack" | "reject";
  readonly session_id: string;
  readonly seq: number;
  readonly duplicate: boolean;
  readonly code: string;
  readonly message: string;
  readonly retry_after_ms?: number;
}

interface Frame {
  readonly type: string;
  readonly seq?: number;
}

/** How long a connection that stays open may say nothing to what it was asked. */
const REPLY_MS = 10_000;
const LOOK_MS = 20;

/**
 * A connection that sends one command. It is held to the same as those that only read: its reply comes once, and the
 * session that it made, and therefore watches, comes from its start.
 */
export class CommandSocket {
  readonly #ledger: Ledger;
  readonly #context: Context;
  readonly #welcomed: PromiseWithResolvers<boolean> = Promise.withResolvers();
  readonly #reply: PromiseWithResolvers<Reply | null> = Promise.withResolvers();
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  #answered = false;
  #socket: VerifySocket | null = null;
  /** It was there until the log was at its end. */
  #stayed = false;
  open = true;

  private constructor(context: Context, name: string) {
    this.#context = context;
    this.#ledger = new Ledger(name);
  }

  /** Resolves when it was welcomed. @throws Refused */
  static async open(context: Context, name: string): Promise<CommandSocket> {
    const one = new CommandSocket(context, name);
    one.#socket = await VerifySocket.open(context.place, {
      onText: (text) => one.#take(text),
      onClose: () => one.#lost(),
    });
    const cut = (): void => void one.cut("end");
    context.signal.addEventListener("abort", cut);
    void one.#closed.promise.then(() => context.signal.removeEventListener("abort", cut));
    const timer = setTimeout(() => {
      one.#ledger.untold("welcome");
      void one.cut("close");
    }, REPLY_MS);
    const welcomed = await one.#welcomed.promise;
    clearTimeout(timer);
    context.faults.addAll(one.#ledger.faults);
    if (!welcomed) throw new Refused(0, undefined);
    return one;
  }

  send(command: object): void {
    this.#socket?.send(command);
  }

  /** Null where nothing was said: the connection was lost, or did not answer. */
  async ask(command: object): Promise<Reply | null> {
    this.send(command);
    const timer = setTimeout(() => {
      this.#ledger.untold("whether its command was taken");
      this.#reply.resolve(null);
    }, REPLY_MS);
    const reply = await this.#reply.promise;
    clearTimeout(timer);
    // What was sent together with the reply has come when a ping behind it is answered.
    await this.#socket?.ping();
    this.#context.faults.addAll(this.#ledger.faults);
    return reply;
  }

  /** Reads on to where the log ends, and is told that it is live. What does not come for so long is lost. */
  async finish(head: number, ms: number): Promise<void> {
    const ledger = this.#ledger;
    const isWhole = (): boolean => ledger.position >= head && ledger.isLive;
    for (let [waited, position] = [0, -1]; this.open && !isWhole() && waited < ms; waited += LOOK_MS) {
      if (ledger.position !== position) waited = 0;
      position = ledger.position;
      await pause(LOOK_MS);
    }
    this.#stayed = this.open;
    await this.cut("close");
  }

  /** Everything that is wrong with what it was handed. */
  judge(log: Ledger): readonly Fault[] {
    if (!this.#stayed) return this.#ledger.judgePart(log);
    if (!this.#ledger.isLive) this.#ledger.untold("that it is live");
    return this.#ledger.judge(log);
  }

  /** Resolves when nothing comes any more. */
  async cut(how: Cut["how"]): Promise<void> {
    this.#socket?.cut(how);
    await this.#closed.promise;
  }

  #take(text: string): void {
    const frame = readFrame(text);
    if (frame === null) return this.#ledger.garbled();
    if (frame.type === "welcome") return this.#welcomed.resolve(true);
    if (frame.type === "live") return this.#ledger.live(frame.seq ?? 0);
    if (frame.type === "ack" || frame.type === "reject") {
      if (this.#answered) this.#ledger.again(`the reply to its command (${frame.type})`);
      this.#answered = true;
      return this.#reply.resolve(frame as Reply);
    }
    if (!isEvent(frame)) return;
    this.#context.counts.frames += 1;
    if (!this.#ledger.apply(frame)) void this.cut("close");
  }

  #lost(): void {
    this.open = false;
    this.#welcomed.resolve(false);
    this.#reply.resolve(null);
    this.#closed.resolve();
  }
}

function readFrame(text: string): Frame | null {
  try {
    return JSON.parse(text) as Frame | null;
  } catch {
    return null;
  }
}
