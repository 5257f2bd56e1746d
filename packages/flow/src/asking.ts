import { FlowError } from "./errors.ts";
import type { FlowOptions } from "./options.ts";
import type { AskedQuestion, FlowAnswer } from "./question.ts";
import { type FlowSuspension, isJson } from "./snapshot.ts";
import type { StepRun } from "./step-run.ts";

interface Asking {
  readonly run: StepRun;
  readonly question: AskedQuestion;
  readonly signal: AbortSignal;
}

export interface AskingHost {
  /** Resolves when all that was put is handled, and whoever keeps suspensions has this one. */
  suspend(run: StepRun, request_id: string): Promise<void>;
}

/** The answer that is known already, or a person's. */
export async function askPerson(
  { run, question, signal }: Asking,
  { answers = {}, interact }: FlowOptions,
  host: AskingHost,
): Promise<FlowAnswer> {
  const { request_id } = question;
  const known = Object.hasOwn(answers, request_id) ? answers[request_id] : undefined;
  if (known !== undefined) return known;
  if (interact === undefined) throw new FlowError("nobody_to_ask", "The flow was started without `interact`.");
  await host.suspend(run, request_id);
  return await interact(question, signal);
}

/** @param hindrance why the step cannot be run again alone; null: it can */
export function suspensionOf(
  run: StepRun,
  request_id: string,
  { hindrance, result }: { hindrance: string | null; result: { readonly value?: unknown } | null },
): FlowSuspension {
  const { node, value, number, stateBefore: state, puts } = run;
  const lossless = isJson(value) && isJson(result?.value);
  const interrupted = hindrance ?? (lossless ? null : "A value is not JSON.");
  if (interrupted !== null) return { v: 1, request_id, interrupted };
  const ended = result === null ? {} : { result };
  return { v: 1, request_id, event: node.event, step: node.path, run: number, value, state, puts, ...ended };
}
