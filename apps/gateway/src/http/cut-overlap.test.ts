import { type Event, emptyView, fold, merge } from "@millrace/protocol";
import { expect, it } from "vitest";
import { cutOverlap } from "./cut-overlap.ts";

const TEXT = ["ab", "😀", "c", "de"];
const deltas = TEXT.map(
  (content, index): Event => ({
    ...{ v: 1, session_id: "s", seq: index + 1, ts: 0, run_id: "r", type: "text_delta", block_id: "b" },
    ...{ offset: TEXT.slice(0, index).join("").length, content },
  }),
) as [Event, Event, Event, Event];
const range = (from: number, to: number): Event =>
  deltas.slice(from - 1, to).reduce((all, delta) => merge(all, delta) ?? delta);

it("LOG-1 MERGE-1: what begins inside the event before it begins after it, at any cut", () => {
  for (let cut = 1; cut < 4; cut += 1) {
    for (let begin = 1; begin <= cut; begin += 1) {
      for (let held = 1; held <= cut; held += 1) {
        expect(cutOverlap(range(begin, 4), range(held, cut))).toEqual(range(cut + 1, 4));
      }
    }
  }
});

it("what follows without an overlap, or follows nothing, stays the same object", () => {
  const [, second, third] = deltas;
  expect(cutOverlap(third, second)).toBe(third);
  expect(cutOverlap(third, null)).toBe(third);
  const whole = range(1, 4);
  expect(cutOverlap(whole, null)).toBe(whole);
});

it("READ-2: the fold is that of the uncut events", () => {
  const start = { v: 1, session_id: "s", ts: 0, run_id: "r" } as const;
  const log = [
    {
      ...{ ...start, seq: 0, type: "session_start", message_ids: [], model: "m", agent: "a" },
      ...{ max_steps: 1, token_limit: 1, tools: [] },
    } as Event,
  ];
  const [before, next] = [range(1, 2), range(2, 4)];
  expect(fold(emptyView(), [...log, before, cutOverlap(next, before)])).toEqual(
    fold(emptyView(), [...log, before, next]),
  );
});
