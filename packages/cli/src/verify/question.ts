import { CommandSocket } from "./command-socket.ts";
import type { Context } from "./context.ts";
import { type Fault, Faults } from "./fault.ts";
import { ask } from "./place.ts";
import type { Received } from "./received.ts";

/** A question that was answered, and with what as far as somebody was told. */
export interface Answered {
  readonly request_id: string;
  /** Answers that were acknowledged. */
  readonly accepted: readonly string[];
}

/** Two tabs answer one question at once, each in its own way: the first counts, and the other is told so. */
export async function answerTwice(context: Context, session_id: string, request: Received): Promise<Answered> {
  const request_id = String(request.request_id);
  const [one = "one", other = "two"] = Array.isArray(request.options) ? request.options.map(String) : [];
  const about = `question ${request_id}`;
  const answers = [one, other];
  const open = (): Promise<CommandSocket> => CommandSocket.open(context, about);
  const tabs = await Promise.all(answers.map(() => context.gate.patiently(context.place, open)));
  const command = { type: "respond", id: "answer", session_id, request_id };
  const replies = await Promise.all(tabs.map((tab, at) => tab.ask({ ...command, answer: answers[at] })));
  await Promise.all(tabs.map((tab) => tab.cut("close")));
  const accepted = answers.filter((_, at) => replies[at]?.type === "ack");
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
