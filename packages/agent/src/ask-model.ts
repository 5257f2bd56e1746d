import type { EmittedEvent } from "@millrace/protocol";
import { type Attempt, attempt } from "./attempt.ts";
import type { RunAgentInput } from "./input.ts";
import type { ModelPort, ModelRequest } from "./model-port.ts";
import { type Attempts, afterFailure } from "./retry.ts";
import type { StepOutput, StepWriter } from "./step-writer.ts";
import { sleep, untilAborted } from "./until-aborted.ts";

export type Retry = Omit<Extract<EmittedEvent, { type: "retry" }>, "discard_from">;

/** One step's question to a model. */
interface Question {
  readonly model: ModelPort;
  readonly request: ModelRequest;
  /** What failed in this step before. */
  readonly attempts: Attempts;
  readonly clock: RunAgentInput["clock"];
  /** From 0 to 1, for the spread of waits. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** A new one for each attempt. */
  readonly writer: () => StepWriter;
  /** Takes what an attempt says as it comes. */
  readonly show: (events: readonly EmittedEvent[]) => void | Promise<void>;
  /** Voids what the failed attempt has shown. @returns false where the run is stopped, and nothing was voided */
  readonly voided: (retry: Retry) => Promise<boolean>;
}

const NOTHING: StepOutput = { text: "", reasoning: "", calls: [], finish_reason: null, usage: null };

/**
 * Asks a model, again where a failure allows it, as often as {@link afterFailure} says. What is `rest` of the attempt
 * was not shown. Throws only when the outbox is lost, or by a fault of the clock.
 *
 * @returns the last attempt, and what is known of all
 */
export async function askModel(question: Question): Promise<{ asked: Attempt; attempts: Attempts }> {
  const { model, request, signal, writer, show } = question;
  let { attempts } = question;
  for (;;) {
    const asked = await attempt(model.stream(request, signal), { writer: writer(), show, signal });
    if (asked.ending !== "failed") return { asked, attempts };
    const after = afterFailure(attempts, asked, question.random);
    if (after.kind === "give_up") return { asked: { ...asked, error: after.error }, attempts };
    if (!(await question.voided(after.retry))) return { asked: { ...asked, ending: "stopped" }, attempts };
    attempts = after.attempts;
    await wait(after.retry.delay_ms, question);
    if (signal.aborted) return { asked: { ending: "stopped", output: NOTHING, rest: [] }, attempts };
  }
}

/** Ends early when the run is stopped. */
async function wait(ms: number, { clock, signal }: Question): Promise<void> {
  await untilAborted(clock.sleep?.(ms, signal) ?? sleep(ms, signal), signal);
}
