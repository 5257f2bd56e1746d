import type { Breath } from "./breath.ts";
import { FlowError } from "./errors.ts";
import { type FlowLimits, OVERFLOW } from "./options.ts";
import type { StepRun, Work } from "./step-run.ts";

interface Offer {
  readonly run: StepRun;
  readonly works: readonly Work[];
  readonly accept: () => void;
}

interface SchedulerHost {
  begin(work: Work): void;
  /** Nothing runs and nothing waits. */
  quiet(): void;
}

/** What waits to run, first come, first served, and what runs. Nothing begins inside the call that asked for it. */
export class Scheduler {
  readonly runs: Set<StepRun> = new Set();
  readonly #limits: FlowLimits;
  readonly #breath: Breath;
  readonly #host: SchedulerHost;
  readonly #works: Work[] = [];
  #offers: Offer[] = [];
  /** Of `runs`, those that wait for room and therefore leave their place to others. */
  #away = 0;
  #woken = false;

  constructor(limits: FlowLimits, breath: Breath, host: SchedulerHost) {
    this.#limits = limits;
    this.#breath = breath;
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#works.length === 0 && this.#offers.length === 0;
  }

  /** @throws FlowError `overflow` */
  add(works: readonly Work[]): void {
    if (this.#works.length + works.length > this.#limits.pending + OVERFLOW) {
      throw new FlowError("overflow", `More than ${OVERFLOW} values wait for their step.`);
    }
    this.#works.push(...works);
    this.wake();
  }

  /** A promise where there is no room for them yet. @throws FlowError `overflow` */
  offer(run: StepRun, works: readonly Work[]): Promise<void> | undefined {
    if (this.#works.length < this.#limits.pending && this.#offers.length === 0) {
      this.add(works);
      return undefined;
    }
    if (this.#offers.length >= OVERFLOW) throw new FlowError("overflow", `${OVERFLOW} events wait to be emitted.`);
    const accepted = Promise.withResolvers<void>();
    this.#offers.push({ run, works, accept: accepted.resolve });
    run.waits += 1;
    if (run.waits === 1 && this.runs.has(run)) this.#away += 1;
    this.wake();
    return accepted.promise;
  }

  ended(run: StepRun): void {
    this.runs.delete(run);
    if (run.waits > 0) this.#away -= 1;
    this.wake();
  }

  /** Drops all that waits. */
  clear(): void {
    this.#works.length = 0;
    for (const offer of this.#offers.splice(0)) this.#leave(offer);
    this.wake();
  }

  wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    queueMicrotask(this.#pump);
  }

  readonly #pump = (): void => {
    this.#woken = false;
    while (this.#works.length > 0 && this.runs.size - this.#away < this.#limits.steps) {
      const pause = this.#breath.take();
      if (pause !== undefined) {
        void pause.then(() => this.wake());
        return;
      }
      this.#host.begin(this.#works.shift() as Work);
      this.#admit();
    }
    if (this.runs.size === 0 && this.isEmpty) this.#host.quiet();
  };

  #admit(): void {
    while (this.#works.length < this.#limits.pending) {
      const offer = this.#offers.shift();
      if (offer === undefined) return;
      this.#works.push(...offer.works);
      this.#leave(offer);
    }
  }

  #leave({ run, accept }: Offer): void {
    run.waits -= 1;
    if (run.waits === 0 && this.runs.has(run)) this.#away -= 1;
    accept();
  }
}
