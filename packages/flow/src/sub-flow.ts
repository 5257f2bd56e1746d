import type { AnyStep, AnyStepData } from "./definition.ts";
import type { SubFlow } from "./types.ts";

export function runStep(step: AnyStep, data: AnyStepData): unknown {
  return typeof step === "function" ? step(data) : runSubFlow(step, data);
}

/** However it ends, nothing of the flow runs afterwards. */
async function runSubFlow(flow: SubFlow<unknown, unknown, unknown>, data: AnyStepData): Promise<unknown> {
  const stream = flow.getRuntimeStream(data.value, { signal: data.signal, interact: data.interact });
  for await (const item of stream) await data.putIntoStream(item);
  return await stream.result();
}
