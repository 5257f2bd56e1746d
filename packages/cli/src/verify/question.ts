import type { Context } from "./context.ts";
import { type Fault, Faults } from "./fault.ts";
import { ask, Refused } from "./place.ts";
import type { Received } from "./received.ts";
import { VerifySocket } from "./socket.ts";

/** A question that was answered, and with what as far as somebody was told. */
export interface Answered {
  readonly request_id: string;
  /** Answers that were acknowledged. */
  readonly accepted: readonly string[];
}

interface Respond {
  readonly type: "respond";
  readonly session_id: string;
  readonly request_id: string;
  readonly answer: string;
}

interface Reply {
  readonly type: string;
  readonly code?: string;
}

const REPLY_MS = 20_000;

/** Two tabs answer one question at once, each in its own way: the first counts, and the other is told so. */
export async function answerTwice(context: Context, session_id: string, request: Received): Promise<Answered> {
  const request_id = String(request.request_id);
  const [one = "one", other = "two"] = Array.isArray(request.options) ? request.options.map(String) : [];
  const tabs = [one, other].map(
    (answer) => new Tab(context, { type: "respond" as const, session_id, request_id, answer }),
  );
  await Promise.all(tabs.map((tab) => tab.open()));
  const replies = await Promise.all(tabs.map((tab) => tab.respond()));
  const about = `question ${request_id}`;
  const accepted = tabs.filter((_, at) => replies[at]?.type === "ack").map(({ answer }) => answer);
  if (accepted.length > 1) context.faults.add("DUPRUN", `${about} took both answers of two tabs`);
  const refused = replies.filter((reply) => reply?.type === "reject" && reply.code === "already_answered").length;
  if (refused === replies.length) context.faults.add("LOST", `${about} refused the answers of both tabs`);
  if (replies.every((reply) => reply === null || (reply.type === "reject" && reply.code !== "already_answered")))
    await answerOverHttp(context, session_id, request_id, one);
  return { request_id, accepted };
}

/** What the log says about questions that were answered. */
export function judgeAnswers(
  name: string,
  events: readonly Received[],
  answered: readonly Answered[],
): readonly Fault[] {
  const faults = new Faults();
  for (const { request_id, accepted } of answered) {
    const about = `${name}: question ${request_id}`;
    const stored = events.filter((event) => event.type === "user_input_received" && event.request_id === request_id);
    if (stored.length === 0) faults.add("LOST", `${about} was answered, and the log holds no answer`);
    if (stored.length > 1) faults.add("DUPRUN", `${about} has ${stored.length} answers in the log`);
    const [answer] = accepted;
    if (answer !== undefined && stored.length > 0 && stored[0]?.answer !== answer)
      faults.add("CONFLICT", `${about} is stored with another answer than the one that was accepted`);
  }
  return faults.list;
}

/** Nobody got through: the run waits for ever otherwise. */
async function answerOverHttp({ place, gate }: Context, session_id: string, request_id: string, answer: string) {
  const init = { method: "POST", body: JSON.stringify({ answer }) };
  await ask(place, gate, `sessions/${session_id}/interactions/${request_id}`, init);
}

class Tab {
  readonly #context: Context;
  readonly #command: Respond;
  readonly #reply: PromiseWithResolvers<Reply | null> = Promise.withResolvers();
  #socket: VerifySocket | null = null;

  constructor(context: Context, command: Respond) {
    this.#context = context;
    this.#command = command;
  }

  get answer(): string {
    return this.#command.answer;
  }

  /** Resolves when it was welcomed. */
  async open(): Promise<void> {
    const { gate, place } = this.#context;
    await gate.patiently(place, async () => {
      const welcomed = Promise.withResolvers<void>();
      const onText = (text: string): void => {
        const frame = JSON.parse(text) as Reply;
        if (frame.type === "welcome") welcomed.resolve();
        if (frame.type === "ack" || frame.type === "reject") this.#reply.resolve(frame);
      };
      const onClose = (): void => {
        welcomed.reject(new Refused(0, undefined));
        this.#reply.resolve(null);
      };
      this.#socket = await VerifySocket.open(place, { onText, onClose });
      await welcomed.promise;
    });
  }

  /** Null where the connection was lost before anything was said. */
  async respond(): Promise<Reply | null> {
    this.#socket?.send({ id: "answer", ...this.#command });
    const timer = setTimeout(() => this.#reply.resolve(null), REPLY_MS);
    const reply = await this.#reply.promise;
    clearTimeout(timer);
    this.#socket?.cut("close");
    return reply;
  }
}
