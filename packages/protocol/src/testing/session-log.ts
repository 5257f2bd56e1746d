import fc from "fast-check";
import type { Event } from "../events/events.ts";
import { LogWriter, type Move } from "./log-writer.ts";

/** How often each move is played. */
const WEIGHTS: Record<Move, number> = {
  message: 4,
  withdraw: 1,
  replace: 2,
  select: 2,
  text: 14,
  thinking: 5,
  args: 10,
  call: 6,
  output: 2,
  start: 7,
  print: 10,
  result: 3,
  nested: 1,
  ask: 3,
  answer: 5,
  retry: 2,
  stop: 1,
  end: 2,
  aside: 3,
};

/** Letters, and all that has ever been cut or escaped wrongly. Never half a surrogate pair. */
const letter = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", " ", "\n", '"', "\\", "{") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("é", "你", "😀", "👩‍👩‍👧", "e\u0301", "\u0000", "\u2028", "\u202e", "\ufeff"),
  },
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);

const act = fc.record({
  move: fc.oneof(
    ...(Object.keys(WEIGHTS) as Move[]).map((move) => ({ weight: WEIGHTS[move], arbitrary: fc.constant(move) })),
  ),
  text: fc.string({ unit: letter, maxLength: 12, size: "max" }),
  /** Chooses among whatever the move can choose from. */
  pick: fc.nat(5039),
  /** Milliseconds since the move before. */
  wait: fc.nat(2000),
});

/**
 * Logs as a session writes them, keeping every rule of SPEC.md at every prefix: several runs; messages queued, steered,
 * withdrawn and replaced; branches chosen; parallel calls with interleaved arguments and output; retries, questions, stops, every way to end.
 * A log may stop in the middle of a run. `moves` bounds its length: a move writes one event, some write a few.
 */
export function sessionLog({ moves = 100 }: { moves?: number } = {}): fc.Arbitrary<Event[]> {
  return fc.array(act, { maxLength: moves, size: "max" }).map((acts) => {
    const writer = new LogWriter();
    for (const { move, text, pick, wait } of acts) writer.play(move, text, pick, wait);
    return writer.log;
  });
}
