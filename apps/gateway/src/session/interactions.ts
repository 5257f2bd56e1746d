import type { Interaction, InteractionAnswer } from "@millrace/agent";
import {
  allTurns,
  type Event,
  type InteractionItem,
  isOpen,
  openInteractions,
  openTurn,
  type View,
} from "@millrace/protocol";
import type { EntryResult } from "@millrace/store";
import { Rejection } from "../rejection.ts";
import { answerTo, commentOf, type Given, wordOf } from "./answer.ts";
import type { Untimed } from "./run.ts";

/** The session, as its questions see it. */
export interface InteractionHost {
  readonly view: View;
  /** @throws StoreError */
  append(event: Untimed, options?: { id?: string }): Promise<EntryResult>;
  /** Whether an answer can still reach its run: the run is open, nobody stops it, and it has not written its end. */
  takesAnswers(run_id: string): boolean;
}

export interface InteractionContext {
  readonly now: () => number;
  /** Calls `run` after `ms` milliseconds, at most {@link LONGEST_TIMER}; the returned function calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** How long a question waits for its answer, in milliseconds; 0: for ever. */
  readonly interaction_ms: number;
  /** Pause after an expiry that could not be stored. */
  readonly store_retry_ms: number;
}

/** What "expiry" answers. */
const EXPIRED = { answer: "deny", by: "expiry" } as const;

/** Longer timers go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Asked {
  readonly run_id: string;
  readonly open: boolean;
  readonly item: InteractionItem;
}

/**
 * The questions of one session. The log is their only state: what waits here is only whom to wake when an answer is
 * stored, and when to give the answer of nobody.
 */
export class Interactions {
  readonly #host: InteractionHost;
  readonly #context: InteractionContext;
  /** Runs that wait, by `request_id`. */
  readonly #waiting = new Map<string, () => void>();
  /** Ways to call off an expiry, by `request_id`. */
  readonly #expiries = new Map<string, () => void>();

  constructor(host: InteractionHost, context: InteractionContext) {
    this.#host = host;
    this.#context = context;
  }

  /** The answer to a question of a run, asked unless the log holds it. Rejects when `signal` aborts. @throws StoreError */
  async ask(run_id: string, request: Interaction, signal: AbortSignal): Promise<InteractionAnswer> {
    signal.throwIfAborted();
    const { request_id } = request;
    const asked = this.#find(request_id);
    if (asked !== null && asked.run_id !== run_id) throw new Error("A question of another run has this request_id.");
    if (asked === null) {
      const { interaction_ms, now } = this.#context;
      const expires = interaction_ms > 0 ? { expires_at: now() + interaction_ms } : {};
      const event = { ...request, options: [...request.options], ...expires };
      await this.#host.append({ type: "interaction_request", run_id, ...event }, { id: `question:${request_id}` });
    }
    await this.#answered(request_id, signal);
    const answer = this.#find(request_id)?.item.answer;
    if (answer === undefined || answer === null) throw new Error("The question is not in the log.");
    return { answer: wordOf(answer.value), comment: commentOf(answer.value), by: answer.by };
  }

  /**
   * Stores the first answer to a question; every other one is refused.
   *
   * @returns the position of the answer, and the question as it is answered
   * @throws Rejection, StoreError
   */
  async respond(request_id: string, given: Given, by: string): Promise<{ seq: number; item: InteractionItem }> {
    const found = this.#find(request_id);
    if (found !== null && this.#expired(found.item)) await this.#expire(request_id);
    const asked = this.#find(request_id);
    if (asked === null) throw new Rejection("not_found", "No such request.");
    const { run_id, item, open } = asked;
    if (item.answer !== null) throw alreadyAnswered(item);
    if (!open || !this.#host.takesAnswers(run_id)) throw new Rejection("not_found", "The run that asked has ended.");
    const answer = answerTo(item, given);
    const event = { type: "user_input_received", run_id, request_id, ...answer, by } as const;
    const stored = await this.#host.append(event, { id: `answer:${request_id}` });
    const answered = this.#find(request_id)?.item ?? item;
    if (stored.duplicate) throw alreadyAnswered(answered);
    return { seq: stored.row.seq, item: answered };
  }

  /** Begins to watch the time of what is open: for a run that is taken up. */
  resume(): void {
    const turn = openTurn(this.#host.view);
    for (const item of turn === null ? [] : openInteractions(turn)) this.#watch(item);
  }

  /** An event of the session is stored and in the view. */
  see(event: Event): void {
    if (event.type !== "user_input_received") return;
    this.#callOff(event.request_id);
    this.#waiting.get(event.request_id)?.();
  }

  /** Forgets all times: for a session that lets go of its run. What waits is woken by its signal. */
  close(): void {
    for (const request_id of [...this.#expiries.keys()]) this.#callOff(request_id);
  }

  async #answered(request_id: string, signal: AbortSignal): Promise<void> {
    const item = this.#find(request_id)?.item;
    if (item === undefined || item.answer !== null) return;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.set(request_id, resolve);
    this.#watch(item);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(request_id);
      this.#callOff(request_id);
    }
  }

  #watch({ request_id, expires_at }: InteractionItem): void {
    if (expires_at === null || this.#expiries.has(request_id)) return;
    this.#expireIn(expires_at - this.#context.now(), request_id);
  }

  #expireIn(ms: number, request_id: string): void {
    const run = (): void => {
      this.#expiries.delete(request_id);
      const item = this.#find(request_id)?.item;
      if (item === undefined || item.answer !== null) return;
      if (!this.#expired(item)) return this.#watch(item);
      this.#expire(request_id).catch(() => this.#expireIn(this.#context.store_retry_ms, request_id));
    };
    this.#expiries.set(request_id, this.#context.after(Math.min(Math.max(0, ms), LONGEST_TIMER), run));
  }

  #callOff(request_id: string): void {
    this.#expiries.get(request_id)?.();
    this.#expiries.delete(request_id);
  }

  #expired({ answer, expires_at }: InteractionItem): boolean {
    return answer === null && expires_at !== null && this.#context.now() >= expires_at;
  }

  async #expire(request_id: string): Promise<void> {
    const asked = this.#find(request_id);
    if (asked === null || !asked.open || !this.#host.takesAnswers(asked.run_id)) return;
    const event = { type: "user_input_received", run_id: asked.run_id, request_id, ...EXPIRED } as const;
    await this.#host.append(event, { id: `answer:${request_id}` });
  }

  #find(request_id: string): Asked | null {
    for (const turn of allTurns(this.#host.view).toReversed()) {
      const item = turn.items.find((one) => one.kind === "interaction" && one.request_id === request_id);
      if (item?.kind === "interaction") return { run_id: turn.run_id, open: isOpen(turn), item };
    }
    return null;
  }
}

function alreadyAnswered({ answer }: InteractionItem): Rejection {
  if (answer === null) return new Rejection("already_answered", "Already answered.");
  const when = new Date(answer.at).toISOString();
  if (answer.by === EXPIRED.by) return new Rejection("already_answered", `Nobody answered in time: denied at ${when}.`);
  return new Rejection("already_answered", `Already answered by ${answer.by.slice(0, 100)} at ${when}.`);
}
