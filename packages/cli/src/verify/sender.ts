import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../failure.ts";
import { type Context, countCut } from "./context.ts";
import type { Cut } from "./cuts.ts";
import { ask } from "./place.ts";
import { between, oneOf, type Random } from "./random.ts";
import { VerifySocket } from "./socket.ts";

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

interface Reply {
  readonly type: string;
  readonly session_id: string;
  readonly seq: number;
  readonly duplicate: boolean;
  readonly code: string;
  readonly message: string;
  readonly retry_after_ms?: number;
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

const REPLY_MS = 20_000;
const ATTEMPTS = 10;
/** Refusals that pass. */
const PASSING: ReadonlySet<string> = new Set(["rate_limited", "run_limit", "storage_unavailable"]);

/**
 * Sends a message until it is acknowledged, over connections that are cut before that, and once more by somebody else:
 * the gateway has to take it once. @throws CommandFailure where it is refused
 */
export async function send(context: Context, message: Message, { cuts, again }: Sending): Promise<Accepted> {
  const about = `message ${message.message_id}`;
  for (const cut of cuts) await lose(context, message, cut);
  const accepted = await overSocket(context, message);
  context.counts.messages += 1;
  if (again === null) return accepted;
  const repeated = await (again === "socket" ? overSocket : overHttp)(context, {
    ...message,
    session_id: accepted.session_id,
  });
  if (!repeated.duplicate) context.faults.add("DUPRUN", `${about} was sent again over ${again} and taken as a new one`);
  if (repeated.seq !== accepted.seq)
    context.faults.add("CONFLICT", `${about} was accepted at ${accepted.seq} and at ${repeated.seq}`);
  return accepted;
}

/** Writes the message and loses the connection, whether it arrived or not. */
async function lose(context: Context, message: Message, cut: Sending["cuts"][number]): Promise<void> {
  const { gate, place } = context;
  await gate.patiently(place, async () => {
    const gone = Promise.withResolvers<void>();
    const onText = (text: string): void => {
      if ((JSON.parse(text) as Reply).type !== "welcome") return;
      socket.send({ type: "send", id: "send", mode: "queue", ...message });
      setTimeout(() => socket.cut(cut.how), cut.ms);
    };
    const socket = await VerifySocket.open(place, { onText, onClose: () => gone.resolve() });
    await gone.promise;
  });
  countCut(context, "send");
}

async function overSocket(context: Context, message: Message): Promise<Reply> {
  const { gate, place, signal } = context;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const reply = await gate.patiently(place, async () => {
      const answer = Promise.withResolvers<Reply | null>();
      const onText = (text: string): void => {
        const frame = JSON.parse(text) as Reply;
        if (frame.type === "welcome") socket.send({ type: "send", id: "send", mode: "queue", ...message });
        if (frame.type === "ack" || frame.type === "reject") answer.resolve(frame);
      };
      const socket = await VerifySocket.open(place, { onText, onClose: () => answer.resolve(null) });
      const timer = setTimeout(() => answer.resolve(null), REPLY_MS);
      const got = await answer.promise;
      clearTimeout(timer);
      socket.cut("close");
      return got;
    });
    if (reply?.type === "ack") return reply;
    if (reply !== null && !PASSING.has(reply.code))
      throw new CommandFailure(`the gateway refused a message: ${reply.code}: ${reply.message}`);
    await pause(Math.min(60_000, reply?.retry_after_ms ?? 500), undefined, { signal });
  }
  throw new CommandFailure("the gateway did not acknowledge a message");
}

async function overHttp({ place, gate }: Context, { session_id, ...body }: Message): Promise<Reply> {
  const init = { method: "POST", body: JSON.stringify(body) };
  return (await ask<Reply>(place, gate, `sessions/${session_id}/messages`, init)).body;
}
