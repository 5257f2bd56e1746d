import type { EmittedEvent } from "@millrace/protocol";
import { answeredFor } from "./finish.ts";
import type { ModelChunk } from "./model-port.ts";
import type { StepOutput, StepWriter } from "./step-writer.ts";
import { untilAborted } from "./until-aborted.ts";

/** A model call that has come to an end. `rest`: events that are still to be shown, unless it becomes void. */
export type Attempt = { readonly output: StepOutput; readonly rest: readonly EmittedEvent[] } & (
  | { readonly ending: "answered"; readonly finish_reason: string }
  /** `shown`: some of it was. */
  | { readonly ending: "failed"; readonly error: unknown; readonly shown: boolean }
  | { readonly ending: "stopped" }
);

interface Showing {
  readonly writer: StepWriter;
  /** Takes the events in their order, each call when the one before it is settled. */
  readonly show: (events: readonly EmittedEvent[]) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** Shows a model's answer as it comes. Throws only when the outbox is lost. */
export async function attempt(
  answer: AsyncIterable<readonly ModelChunk[]>,
  { writer, show, signal }: Showing,
): Promise<Attempt> {
  let shown = false;
  let writing: Promise<void> = Promise.resolve();
  const read = async (): Promise<{ readonly error: unknown } | null> => {
    try {
      for await (const chunks of answer) {
        if (signal.aborted) return null;
        const events = writer.write(chunks);
        if (events.length === 0) continue;
        shown = true;
        const taking = show(events);
        // Most events are taken at once, and there are many.
        if (taking === undefined) continue;
        writing = taking;
        await writing;
      }
      return null;
    } catch (error) {
      return { error };
    }
  };
  const broken = await untilAborted(read(), signal);
  // What is being emitted is emitted whole: its offsets are counted.
  await writing;
  const { events: rest, output } = writer.end();
  if (signal.aborted) return { ending: "stopped", output, rest };
  try {
    if (broken !== null) throw broken.error;
    return { ending: "answered", finish_reason: answeredFor(output), output, rest };
  } catch (error) {
    return { ending: "failed", error, shown, output, rest };
  }
}
