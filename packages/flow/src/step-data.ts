import type { AnyStepData } from "./definition.ts";
import type { AskedQuestion, FlowAnswer, FlowQuestion } from "./question.ts";
import type { State } from "./state.ts";
import type { StepRun } from "./step-run.ts";

/** What a step reaches of its execution. */
export interface StepHost {
  put(run: StepRun, item: unknown): Promise<void>;
  /** The run has changed the state. */
  changed(run: StepRun): void;
  stop(run: StepRun): void;
  emit(run: StepRun, event: string, value: unknown): Promise<void>;
  /** `signal`: when nobody waits for the answer any more. */
  ask(run: StepRun, question: AskedQuestion, signal: AbortSignal): Promise<FlowAnswer>;
}

/** @param place what this step's questions are numbered under */
export function stepData(
  host: StepHost,
  { run, value, place }: { run: StepRun; value: unknown; place: string },
  { input, state }: { input: unknown; state: State },
): AnyStepData {
  let asked = 0;
  return {
    value,
    input,
    state: {
      get: state.get,
      set: (key, changed) => {
        state.set(key, changed);
        host.changed(run);
      },
    },
    get signal() {
      return run.signal;
    },
    putIntoStream: (item) => host.put(run, item),
    stopStream: () => host.stop(run),
    emit: (event, ...[carried]) => host.emit(run, event, carried),
    // A sub-flow has this as its port, and may stop waiting before this step does.
    interact: ({ content, interaction_kind = "question", options = [] }: FlowQuestion, signal = run.signal) => {
      asked += 1;
      return host.ask(run, { request_id: `${place}.${asked}`, interaction_kind, content, options }, signal);
    },
  };
}
