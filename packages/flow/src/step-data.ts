import type { Execution } from "./execution.ts";
import { guarded, type StepRun } from "./step-run.ts";
import type { FlowTask, StepData, SubFlow } from "./types.ts";

/** Runs a step with the run's value. */
export function runStep(step: unknown, run: StepRun, execution: Execution): unknown {
  execution.mark(nameOf(step), run);
  return called(step, stepData(run, run.value, `${run.number}`, execution));
}

/** Runs a step with each of the run's values, `concurrency` at a time; the results are in their order. */
export async function runEach(
  step: unknown,
  run: StepRun,
  execution: Execution,
  concurrency: number,
): Promise<unknown[]> {
  execution.mark(nameOf(step), run);
  const values = run.value as readonly unknown[];
  const results: unknown[] = new Array(values.length);
  const left = values.entries();
  const work = async (): Promise<void> => {
    for (const [index, value] of left) {
      if (run.abort.signal.aborted) return;
      results[index] = await called(step, stepData(run, value, `${run.number}.${index}`, execution));
    }
  };
  // A failure aborts the other values' steps at once; they are waited for all the same.
  const failed = (error: unknown): void => execution.failRun(run, error);
  await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, () => work().catch(failed)));
  return results;
}

/** Of a step's function; "" for a flow. */
export const nameOf = (step: unknown): string => (typeof step === "function" ? step.name : "");

const called = (step: unknown, data: StepData<unknown>): unknown =>
  typeof step === "function" ? step(data) : runFlow(step as SubFlow<unknown, unknown, unknown>, data);

/** However a flow ends that is a step, nothing of it runs afterwards. */
async function runFlow(flow: SubFlow<unknown, unknown, unknown>, data: StepData<unknown>): Promise<unknown> {
  const { value, signal, interact, agent, putIntoStream } = data;
  const stream = flow.getRuntimeStream(value, { signal, interact, agent });
  for await (const item of stream) await putIntoStream(item);
  return await stream.result();
}

/** What a step is given. @param place what its questions are numbered under */
function stepData(run: StepRun, value: unknown, place: string, execution: Execution): StepData<unknown> {
  const { signal } = run.abort;
  let asked = 0;
  return {
    value,
    input: execution.input,
    signal,
    state: {
      get: (key) => execution.state.get(key),
      set: (key, changed) => {
        execution.state.set(key, changed);
        execution.worked(run);
      },
    },
    putIntoStream: (item) => execution.calling(run, () => execution.put(run, item)),
    emit: (event, ...[carried]) => execution.calling(run, () => execution.emit(run, event, carried)),
    stopStream: () => execution.stop(run),
    // A sub-flow has these as its ports, and may stop waiting before this step does.
    interact: ({ content, interaction_kind = "question", options = [] }, until = signal) => {
      asked += 1;
      const question = { request_id: `${place}.${asked}`, interaction_kind, content, options };
      return guarded(run, execution.ask(run, question, until));
    },
    agent: (task: FlowTask, until = signal) => guarded(run, execution.callAgent(run, task, until)),
  };
}
