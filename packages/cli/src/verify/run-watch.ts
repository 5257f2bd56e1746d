import { ENDS, type Received } from "./received.ts";

interface Run {
  run_id: string;
  speaking: boolean;
  /** What it asks; null while it has asked nothing. */
  question: Received | null;
  /** Its last event; null while it goes on. */
  end: Received | null;
}

/** Runs by the message they answer, as one viewer sees them. */
export class RunWatch {
  readonly #runs = new Map<string, Run>();
  readonly #byMessage = new Map<string, Run>();
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  see({ type, run_id, message_ids, ...event }: Received): void {
    if (run_id === undefined) return;
    const run = this.#runs.get(run_id) ?? { run_id, speaking: false, question: null, end: null };
    this.#runs.set(run_id, run);
    if (Array.isArray(message_ids)) for (const id of message_ids) this.#byMessage.set(String(id), run);
    if (type === "text_delta") run.speaking = true;
    if (type === "interaction_request") run.question = { type, run_id, ...event };
    if (ENDS.has(type)) run.end = { type, run_id, ...event };
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The run of a message when it says something, or has ended. */
  async speaking(message_id: string, signal: AbortSignal): Promise<Run> {
    return this.#until(message_id, ({ speaking, end }) => speaking || end !== null, signal);
  }

  /** The run of a message when it asks something, or has ended. */
  async asking(message_id: string, signal: AbortSignal): Promise<Run> {
    return this.#until(message_id, ({ question, end }) => question !== null || end !== null, signal);
  }

  async ended(message_id: string, signal: AbortSignal): Promise<Run> {
    return this.#until(message_id, ({ end }) => end !== null, signal);
  }

  async #until(message_id: string, fits: (run: Run) => boolean, signal: AbortSignal): Promise<Run> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      for (;;) {
        signal.throwIfAborted();
        const run = this.#byMessage.get(message_id);
        if (run !== undefined && fits(run)) return run;
        await Promise.race([this.#changed.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
