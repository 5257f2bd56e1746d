import { DEMO_MODEL, demoResponder, recordingResponder, startScriptedModel } from "@millrace/scripted-model";
import type { DemoArguments } from "./arguments.ts";
import { CommandFailure } from "./failure.ts";

/** What a command needs of the process. */
export interface DemoProcess {
  readonly stdout: { write(text: string): unknown };
  once(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** Serves the demo, or a recording, until a signal comes. */
export async function demo({ port, recording, fast }: DemoArguments, process: DemoProcess): Promise<number> {
  const model = await start(port, recording, fast);
  const base = `OPENAI_BASE_URL=${model.url} OPENAI_API_KEY=none MILLRACE_MODEL=${recording === undefined ? DEMO_MODEL : "recording"}`;
  const stopped = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  process.stdout.write(`listening on ${model.url}\nfor a gateway: ${base} millrace\n`);
  await stopped;
  await model.close();
  return 0;
}

async function start(port: number, recording: string | undefined, fast: boolean) {
  try {
    if (recording === undefined) {
      return await startScriptedModel({ port, responder: demoResponder(), models: [DEMO_MODEL] });
    }
    const responder = recordingResponder(recording, { timing: fast ? "fast" : "own" });
    return await startScriptedModel({ port, responder });
  } catch (cause) {
    throw new CommandFailure((cause instanceof Error ? cause.message : String(cause)).replace(/\s+/gu, " "), { cause });
  }
}
