import { setTimeout as pause } from "node:timers/promises";
import { type Context, countCut } from "./context.ts";
import type { Cut, CutPoint } from "./cuts.ts";
import { Ledger } from "./ledger.ts";
import type { Received } from "./received.ts";

/** `within`: cut in the frame that comes next. */
export type Next = "go on" | "leave" | "cut" | "within";

/** One connection of a viewer: what arrives goes through it, and it says when to go. */
export class Visit {
  readonly cut: Cut | null;
  readonly #viewer: Viewer;
  readonly #onEvent: (event: Received) => void;
  #frames = 0;
  /** Where the log was when this connection began; unknown to a door that does not say. */
  head: number = Number.POSITIVE_INFINITY;

  constructor(viewer: Viewer, cut: Cut | null, onEvent: (event: Received) => void) {
    this.cut = cut;
    this.#viewer = viewer;
    this.#onEvent = onEvent;
  }

  /** Something other than an event happened. */
  at(point: CutPoint): Next {
    if (this.#viewer.done) return "leave";
    return this.cut?.point === point ? "cut" : "go on";
  }

  event(event: Received): Next {
    this.#frames += 1;
    const whole = this.#viewer.ledger.apply(event);
    this.#onEvent(event);
    if (!whole || this.#viewer.done) return "leave";
    const { point, frames } = this.cut ?? {};
    if (point === "caught_up") return event.seq >= this.head ? "cut" : "go on";
    if (this.#frames < (frames ?? Number.POSITIVE_INFINITY)) return "go on";
    return point === "frames" ? "cut" : point === "inside" ? "within" : "go on";
  }
}

const LOOK_MS = 20;

/** Holds one connection until it ends. `leave` ends it from outside. Resolves with whether it was lost. @throws Refused */
export type Connect = (visit: Visit, leave: AbortSignal) => Promise<boolean>;

/** Reads one session over one door, comes back after every cut, and ends where it is told. */
export class Viewer {
  readonly ledger: Ledger;
  readonly #context: Context;
  readonly #cuts: Iterator<Cut, undefined>;
  readonly #onEvent: (event: Received) => void;
  #leave = new AbortController();
  #goal = Number.POSITIVE_INFINITY;
  #over = false;
  /** It is done when it was told, too, that it has everything. */
  readonly #stays: boolean;
  connected = false;

  /** @param cuts none: it stays as long as it is let, on a door that says when it is live */
  constructor(
    name: string,
    context: Context,
    cuts: Iterator<Cut, undefined> | null = null,
    onEvent: (event: Received) => void = () => {},
  ) {
    this.ledger = new Ledger(name);
    this.#context = context;
    this.#cuts = cuts ?? [].values();
    this.#stays = cuts === null;
    this.#onEvent = (event) => {
      context.counts.frames += 1;
      onEvent(event);
    };
  }

  get done(): boolean {
    const { position, isLive } = this.ledger;
    return this.#goal === 0 || (position >= this.#goal && (isLive || !this.#stays));
  }

  /** Resolves when the goal is reached. @throws CommandFailure, AbortError */
  async follow(connect: Connect): Promise<void> {
    try {
      await this.#comeAndGo(connect);
    } finally {
      this.#over = true;
    }
  }

  /** Ends where the log ends. What does not arrive although it is connected for so long without anything new is lost. */
  async finish(head: number, ms: number): Promise<void> {
    this.#goal = head;
    for (let [waited, position] = [0, -1]; !this.done && !this.#over && waited < ms; ) {
      await pause(LOOK_MS);
      if (this.connected) waited += LOOK_MS;
      if (this.ledger.position !== position) waited = 0;
      position = this.ledger.position;
    }
    if (this.#stays && !this.done && this.ledger.position >= head) this.ledger.untold("that it is live");
    this.#goal = 0;
    this.#leave.abort();
  }

  /** Makes it come back on another connection. */
  comeBack(): void {
    this.#leave.abort();
  }

  async #comeAndGo(connect: Connect): Promise<void> {
    const { gate, place, signal } = this.#context;
    while (!this.done) {
      const cut = this.#cuts.next().value ?? null;
      const lost = await gate.patiently(place, async () => {
        this.#leave = new AbortController();
        const leave = AbortSignal.any([this.#leave.signal, signal]);
        this.connected = true;
        return connect(new Visit(this, cut, this.#onEvent), leave).finally(() => {
          this.connected = false;
        });
      });
      signal.throwIfAborted();
      if (lost) countCut(this.#context, cut?.point);
      if (!this.done && cut !== null) await pause(cut.away_ms, undefined, { signal });
    }
  }
}
