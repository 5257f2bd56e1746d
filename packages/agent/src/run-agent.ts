import { type End, failure, internalFailure } from "./end.ts";
import type { RunAgentInput } from "./input.ts";
import { Outbox } from "./outbox.ts";
import { Run } from "./run.ts";

/**
 * Runs one agent to its end: asks the model, runs the tools it calls, until it answers. Never throws or rejects:
 * failures travel as events. The last event, and only that, is `done`, `cancelled` or `error`; every tool call that
 * was announced has its `tool_result` before it. Only where `emit` itself fails does the run end without a word.
 */
export async function runAgent(input: RunAgentInput): Promise<void> {
  const outbox = new Outbox(input.emit);
  try {
    const { end, stopped } = await endOf(input, outbox);
    await outbox.closeAll();
    // A stop that came this late still decides how the run ends.
    await outbox.put(input.signal.aborted ? stopped() : end);
  } catch {
    // Only a lost outbox throws, and there is nobody left to tell.
  }
}

/** How the run ends, and how it ends where it is stopped in the last moment. */
async function endOf(input: RunAgentInput, outbox: Outbox): Promise<{ end: End; stopped: () => End }> {
  const turn = input.history.turns.findLast(({ run_id }) => run_id === input.run_id);
  if (turn === undefined) {
    const end = failure("internal", "The history does not hold this run.", "interrupted", false);
    return { end, stopped: () => end };
  }
  let run: Run | null = null;
  try {
    run = new Run(input, turn, outbox);
    return { end: await run.toEnd(), stopped: run.cancelled };
  } catch (error) {
    if (outbox.lost.aborted) throw error;
    const end = internalFailure(error);
    return { end, stopped: run?.cancelled ?? (() => end) };
  }
}
