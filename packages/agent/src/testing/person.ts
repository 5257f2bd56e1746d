import type { RunAgentInput } from "../input.ts";
import type { Interaction, InteractionAnswer } from "../interact.ts";
import { untilAborted } from "../until-aborted.ts";
import { RUN_ID, type TestLog } from "./test-log.ts";

export interface Person {
  readonly interact: NonNullable<RunAgentInput["interact"]>;
  /** What the run asked through `interact`, in order. */
  readonly asked: readonly Interaction[];
}

/** Asks as a session does: questions and answers are in the log, and one that is there already is not put there again. */
export function person(
  log: TestLog,
  reply: (request: Interaction) => InteractionAnswer | Promise<InteractionAnswer>,
): Person {
  const asked: Interaction[] = [];
  const interact: Person["interact"] = async (request, signal) => {
    asked.push(request);
    const held = log.view.turns
      .flatMap(({ items }) => items)
      .find((item) => item.kind === "interaction" && item.request_id === request.request_id);
    if (held?.kind === "interaction" && held.answer !== null) {
      const { value, by } = held.answer;
      return typeof value === "string" ? said(value, null, by) : { ...(value as InteractionAnswer), by };
    }
    if (held === undefined) log.add({ type: "interaction_request", ...request, options: [...request.options] }, RUN_ID);
    const answer = await untilAborted(Promise.resolve(reply(request)), signal);
    if (answer === null) throw signal.reason;
    const value = answer.comment === null ? answer.answer : { answer: answer.answer, comment: answer.comment };
    log.add({ type: "user_input_received", request_id: request.request_id, answer: value, by: answer.by }, RUN_ID);
    return answer;
  };
  return { interact, asked };
}

export const said = (answer: string, comment: string | null = null, by = "ann"): InteractionAnswer => ({
  answer,
  comment,
  by,
});
