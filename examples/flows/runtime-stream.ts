// Progress of a flow while it works: node examples/flows/runtime-stream.ts
import { setTimeout as sleep } from "node:timers/promises";
import { type StepData, TriggerFlow } from "@millrace/flow";

interface Types {
  Stream: { step: number; status: "working" };
}

async function streamSteps(data: StepData<string, Types>): Promise<string> {
  for (let step = 1; step <= 3; step++) {
    await data.putIntoStream({ step, status: "working" });
    await sleep(50, null, { signal: data.signal });
  }
  data.stopStream();
  return "done";
}

export const flow = new TriggerFlow<string, string, Types>();
flow.to(streamSteps).end();

if (import.meta.main) {
  const stream = flow.getRuntimeStream("start");
  for await (const event of stream) process.stdout.write(`[stream] ${JSON.stringify(event)}\n`);
  process.stdout.write(`[result] ${await stream.result()}\n`);
}
