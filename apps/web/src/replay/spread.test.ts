import { type Event, emptyView, fold, settle } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delta, log, sessionStart, step } from "../session/testing-events.ts";
import { spread } from "./spread.ts";

const AT = 1_700_000_000_000;
/** One stored delta of ten pieces, which lasted a second. */
const merged = () => {
  const pieces = Array.from({ length: 10 }, (_, index) => ({
    ...delta(index * 2, "ab"),
    ts: AT + 2_000 + index * 100,
  }));
  return settle(log([sessionStart(), step(1), ...pieces, { ...step(2), ts: AT + 3_000 }]));
};

describe("spread", () => {
  it("cuts a merged delta over the time it took, at most into what it was merged from", () => {
    const { pieces, ends } = spread(merged());
    const cut = pieces.filter((event) => event.type === "text_delta");
    expect(cut).toHaveLength(10);
    expect(cut.map(({ ts }) => ts - AT)).toEqual([
      2_000, 2_100, 2_200, 2_300, 2_400, 2_500, 2_600, 2_700, 2_800, 2_900,
    ]);
    expect(cut.map(({ from, seq, offset }) => [from, seq, offset]).slice(0, 2)).toEqual([
      [3, 3, 0],
      [4, 4, 2],
    ]);
    expect(ends).toEqual([1, 2, 12, 13]);
  });

  it("does not stretch a block over a silence that follows it", () => {
    const events = merged();
    const late = events.map((event, index) => (index === 3 ? { ...event, ts: AT + 3_600_000 } : event));
    const cut = spread(late).pieces.filter((event) => event.type === "text_delta");
    expect(cut.at(-1)!.ts - cut[0]!.ts).toBeLessThan(2_500);
  });

  it("FOLD: says at the end of every event what the log says there, and never goes back in time", () => {
    fc.assert(
      fc.property(sessionLog(), (written) => {
        const events = settle(written);
        const { pieces, ends } = spread(events);
        expect(pieces.every((piece, index) => index === 0 || piece.ts >= pieces[index - 1]!.ts)).toBe(true);
        const texts = (list: readonly Event[]) => textsOf(fold(emptyView(), list));
        ends.forEach((end, index) => {
          expect(texts(pieces.slice(0, end))).toEqual(texts(events.slice(0, index + 1)));
        });
      }),
      { numRuns: 60 },
    );
  });

  it("halves no letter", () => {
    const smiles = settle(
      log([
        sessionStart(),
        ...Array.from({ length: 8 }, (_, index) => ({ ...delta(index * 2, "😀"), ts: AT + index * 300 })),
      ]),
    );
    const { pieces } = spread([...smiles, ...log([step(1)]).map((event) => ({ ...event, seq: 10, ts: AT + 3_000 }))]);
    for (const piece of pieces) {
      if (piece.type === "text_delta") expect(piece.content.isWellFormed()).toBe(true);
    }
  });
});

/** Everything but times, which a piece has of its own. */
function textsOf(view: ReturnType<typeof fold>): unknown {
  return JSON.parse(
    JSON.stringify(view, (key, value) => (/^(ts|at|ended_at|started_at|called_at)$/.test(key) ? undefined : value)),
  );
}
