import { between, oneOf, type Random, randomOf, shuffled } from "./random.ts";

/**
 * Where a connection is cut: `greeted` before it asks for anything, `asked` before the answer, `answered` before the
 * first event, `frames` after so many events, `inside` the frame after so many events, `caught_up` after the last stored
 * event and before it is told that it is live, `live` right after that, `time` wherever it is after so many milliseconds.
 */
export const CUT_POINTS = ["greeted", "asked", "answered", "frames", "inside", "caught_up", "live", "time"] as const;

export type CutPoint = (typeof CUT_POINTS)[number];

export interface Cut {
  readonly point: CutPoint;
  readonly frames: number;
  /** How much of the cut frame arrives. */
  readonly bytes: number;
  readonly ms: number;
  /** `reset` and `end` are the network's ways, `close` is a client that says goodbye. */
  readonly how: "reset" | "end" | "close";
  /** How long the viewer stays away. */
  readonly away_ms: number;
}

/** The cuts of one viewer: each point once, in an order of its own, then as chance has it, without end. */
export function* randomCuts(seed: number, name: string): Generator<Cut, never> {
  const random = randomOf(seed, name);
  for (;;) for (const point of shuffled(random, CUT_POINTS)) yield cutAt(random, point);
}

/** After so many single events a sweep goes on in longer strides: it must not take longer than what it is about. */
const SINGLE = 200;

/** Each boundary that there is: before, at and after the subscription, then after every single event. */
export function* sweepingCuts(seed: number, name: string): Generator<Cut, never> {
  const random = randomOf(seed, name);
  for (const point of ["greeted", "asked", "answered"] as const) yield { ...cutAt(random, point), away_ms: 0 };
  for (let done = 0; ; done += 1) {
    const cut = cutAt(random, "frames");
    yield { ...cut, frames: done < SINGLE ? 1 : 4 * cut.frames, away_ms: 0 };
  }
}

function cutAt(random: Random, point: CutPoint): Cut {
  return {
    point,
    frames: between(random, 1, 12),
    bytes: between(random, 1, 60),
    ms: between(random, 1, 1_500),
    how: oneOf(random, ["reset", "end", "close"]),
    away_ms: random() < 0.5 ? 0 : between(random, 1, 600),
  };
}
