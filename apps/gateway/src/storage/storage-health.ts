import { StoreError } from "@millrace/store";
import type { Limits } from "../limits.ts";
import { CommitTimes } from "./commit-times.ts";

/**
 * `slow`: commits take so long that new messages are refused. `full`: there is no room, or hardly any. `unavailable`:
 * commits fail for another reason, or one does not come to its end.
 */
export type StorageState = "ok" | "slow" | "full" | "unavailable";

export interface StorageHealthContext {
  readonly limits: Pick<Limits, "slow_commit_ms" | "lost_commit_ms" | "slow_window_ms" | "free_bytes">;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Calls `run` after `ms` milliseconds; the returned function calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** What the commits say of the storage. Begins `ok`. */
export class StorageHealth {
  readonly #context: StorageHealthContext;
  readonly #times: CommitTimes;
  readonly #changed = new Set<(state: StorageState) => void>();
  readonly #lost = new Set<() => void>();
  #state: StorageState = "ok";
  #failure: "full" | "unavailable" | null = null;
  #free = Number.POSITIVE_INFINITY;
  /** Commits under way that take long already, and of those the ones given up. */
  #stalled = 0;
  #given_up = 0;
  #under_way = 0;

  constructor(context: StorageHealthContext) {
    this.#context = context;
    this.#times = new CommitTimes(context.limits.slow_window_ms);
  }

  get state(): StorageState {
    return this.#state;
  }

  /** A commit under way has taken long already: whoever can wait should not bring more. */
  get stalled(): boolean {
    return this.#stalled > 0;
  }

  get busy(): boolean {
    return this.#under_way > 0;
  }

  /** Why a new message is refused now; null where it is not. */
  get refusal(): string | null {
    if (this.#state === "slow") return "Not stored: the storage is too slow now.";
    // A commit that failed is no reason: the next one shows whether it is over.
    if (this.#free < this.#context.limits.free_bytes) return "Not stored: the storage is almost full.";
    return this.#given_up > 0 ? "Not stored: the storage does not answer." : null;
  }

  /** A commit begins. The answer is called when it has ended, with its error where it failed. */
  begin(): (error?: unknown) => void {
    const { now, after, limits } = this.#context;
    const began = now();
    let stage: "young" | "stalled" | "given_up" = "young";
    this.#under_way += 1;
    let callOff = after(limits.slow_commit_ms, () => {
      stage = "stalled";
      this.#stalled += 1;
      callOff = after(limits.lost_commit_ms - limits.slow_commit_ms, () => {
        stage = "given_up";
        this.#given_up += 1;
        this.#update();
        for (const lost of this.#lost) lost();
      });
      this.#update();
    });
    return (error) => {
      callOff();
      this.#under_way -= 1;
      if (stage !== "young") this.#stalled -= 1;
      if (stage === "given_up") this.#given_up -= 1;
      this.#times.add(now(), now() - began);
      this.#failure = error === undefined ? null : failureOf(error);
      this.#update();
    };
  }

  /** So much room is left, in bytes. Looks at the times of commits again, too. */
  look(free: number): void {
    this.#free = free;
    this.#update();
  }

  onChange(listener: (state: StorageState) => void): void {
    this.#changed.add(listener);
  }

  /** Hears when a commit is given up: it may still be stored some time. */
  onLost(listener: () => void): void {
    this.#lost.add(listener);
  }

  #update(): void {
    const state = this.#now();
    if (state === this.#state) return;
    this.#state = state;
    for (const changed of this.#changed) changed(state);
  }

  #now(): StorageState {
    const { now, limits } = this.#context;
    if (this.#failure !== null) return this.#failure;
    if (this.#given_up > 0) return "unavailable";
    if (this.#free < limits.free_bytes) return "full";
    return this.#stalled > 0 || this.#times.slowerThan(now(), limits.slow_commit_ms) ? "slow" : "ok";
  }
}

function failureOf(error: unknown): "full" | "unavailable" {
  return error instanceof StoreError && error.code === "full" ? "full" : "unavailable";
}
