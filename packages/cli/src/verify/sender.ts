import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../failure.ts";
import { CommandSocket, type Reply } from "./command-socket.ts";
import { type Context, countCut } from "./context.ts";
import type { Cut } from "./cuts.ts";
import type { Fault } from "./fault.ts";
import type { Ledger } from "./ledger.ts";
import { ask } from "./place.ts";
import { between, oneOf, type Random } from "./random.ts";

export interface Message {
  readonly message_id: string;
  readonly content: string;
  /** Absent where the gateway is to make the session. */
  readonly session_id?: string;
  readonly options: object;
}

export interface Accepted {
  readonly session_id: string;
  readonly seq: number;
}

/** How a message is sent. `cuts`: the connection is lost so many milliseconds after it was written, each time. */
interface Sending {
  readonly cuts: readonly { readonly ms: number; readonly how: Cut["how"] }[];
  /** Another tab, or a script, that sends the same once more afterwards. */
  readonly again: "socket" | "http" | null;
}

export function sendingOf(random: Random): Sending {
  const cuts = Array.from({ length: between(random, 0, 2) }, () => ({
    ms: oneOf(random, [0, 0, 1, 5, 20]),
    how: oneOf(random, ["reset", "end", "close"] as const),
  }));
  return { cuts, again: oneOf(random, ["socket", "http", null]) };
}

const ATTEMPTS = 10;
/** Refusals that pass. */
const PASSING: ReadonlySet<string> = new Set(["rate_limited", "run_limit", "storage_unavailable"]);

/** Sends messages until they are acknowledged, over connections that are cut before that, and once more by somebody else. */
export class Sender {
  readonly #context: Context;
  readonly #name: string;
  readonly #sockets: CommandSocket[] = [];

  constructor(context: Context, name: string) {
    this.#context = context;
    this.#name = name;
  }

  /**
   * The gateway has to take the message once. A connection whose message made a session stays open, since it watches
   * that session. @throws CommandFailure where it is refused
   */
  async send(message: Message, { cuts, again }: Sending): Promise<Accepted> {
    const { counts, faults } = this.#context;
    const about = `message ${message.message_id}`;
    for (const cut of cuts) await this.#lose(message, cut);
    const accepted = await this.#overSocket(message);
    counts.messages += 1;
    if (again === null) return accepted;
    const repeated = { ...message, session_id: accepted.session_id };
    const { duplicate, seq } = await (again === "socket" ? this.#overSocket(repeated) : this.#overHttp(repeated));
    if (!duplicate) faults.add("DUPRUN", `${about} was sent again over ${again} and taken as a new one`);
    if (seq !== accepted.seq) faults.add("CONFLICT", `${about} was accepted at ${accepted.seq} and at ${seq}`);
    return accepted;
  }

  /** Ends where the log ends, or after so long without anything new. */
  async finish(head: number, ms: number): Promise<void> {
    const watching = this.#sockets.filter((socket) => socket.open);
    await Promise.all(watching.map((socket) => socket.finish(head, ms)));
  }

  /** Everything that is wrong with what its connections were handed. */
  judge(log: Ledger): readonly Fault[] {
    return this.#sockets.flatMap((socket) => socket.judge(log));
  }

  /** Writes the message and loses the connection, whether it arrived or not. */
  async #lose(message: Message, { ms, how }: Sending["cuts"][number]): Promise<void> {
    const socket = await this.#open();
    socket.send(commandOf(message));
    await pause(ms);
    await socket.cut(how);
    countCut(this.#context, "send");
  }

  async #overSocket(message: Message): Promise<Reply> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const socket = await this.#open();
      const reply = await socket.ask(commandOf(message));
      if (reply?.type !== "ack" || message.session_id !== undefined) await socket.cut("close");
      if (reply?.type === "ack") return reply;
      if (reply !== null && !PASSING.has(reply.code))
        throw new CommandFailure(`the gateway refused a message: ${reply.code}: ${reply.message}`);
      await pause(Math.min(60_000, reply?.retry_after_ms ?? 500), undefined, { signal: this.#context.signal });
    }
    throw new CommandFailure("the gateway did not acknowledge a message");
  }

  async #overHttp({ session_id, ...body }: Message): Promise<Reply> {
    const { gate, place } = this.#context;
    const init = { method: "POST", body: JSON.stringify(body) };
    return (await ask<Reply>(place, gate, `sessions/${session_id}/messages`, init)).body;
  }

  async #open(): Promise<CommandSocket> {
    const { gate, place } = this.#context;
    const socket = await gate.patiently(place, () => CommandSocket.open(this.#context, this.#name));
    this.#sockets.push(socket);
    return socket;
  }
}

function commandOf(message: Message): object {
  return { type: "send", id: "send", mode: "queue", ...message };
}
