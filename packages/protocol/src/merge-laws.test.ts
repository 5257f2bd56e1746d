import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "./events/events.ts";
import { fromOf, settle } from "./merge.ts";
import { brokenRules, explode, regroup, sessionLog } from "./testing.ts";
import { fold, place } from "./view/evolve.ts";
import { emptyView, type View } from "./view/view.ts";

const RUNS = { numRuns: 1000 };
const PATIENT = { timeout: 60_000 };
const joins = fc.array(fc.boolean(), { minLength: 1, maxLength: 16, size: "max" });
/** Where in a log, as a share of it. Not `fc.double`: most of what that finds between 0 and 1 is next to 0. */
const cut = fc.nat(1000).map((part) => part / 1000);
const whole = (log: readonly Event[]): View => fold(emptyView(), log);
const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("laws of merging", PATIENT, () => {
  it("MERGE-4, F93: merging neighbours in any grouping changes no fold", () => {
    fc.assert(
      fc.property(sessionLog(), joins, (log, groups) => {
        const view = whole(log);
        expect(whole(regroup(log, groups))).toEqual(view);
        expect(whole(regroup(log, [true]))).toEqual(view);
      }),
      RUNS,
    );
  });

  it("MERGE-4, F93: settling in pieces of any size, and settling again, changes no fold", () => {
    fc.assert(
      fc.property(sessionLog(), fc.nat(40), fc.nat(400), (log, small, large) => {
        const view = whole(log);
        const settled = settle(log, small);
        expect(whole(settled)).toEqual(view);
        expect(whole(settle(settled, large))).toEqual(view);
        expect(brokenRules(settled)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("READ-2, F92: a cursor inside a merged range gets the block whole", () => {
    fc.assert(
      fc.property(sessionLog(), cut, joins, joins, (log, at, before, after) => {
        const merged = regroup(log, [true]);
        const inside = log.filter(({ seq }) => merged.some((range) => fromOf(range) <= seq && seq < range.seq));
        fc.pre(inside.length > 0);
        const cursor = inside[Math.round(at * (inside.length - 1))]?.seq ?? 0;
        const seen = whole(regroup(log.slice(0, cursor), before));
        const unseen = merged.filter(({ seq }) => seq > cursor);
        expect(fromOf(unseen[0] as Event)).toBeLessThanOrEqual(cursor);
        expect(place(seen, unseen[0] as Event)).toBe("next");
        expect(fold(seen, unseen)).toEqual(whole(log));
        expect(fold(seen, regroup(log, after))).toEqual(whole(log));
      }),
      RUNS,
    );
  });

  it("FOLD-7, F52: text cut at any offset, through surrogate pairs and over the wire, is the same text", () => {
    fc.assert(
      fc.property(sessionLog({ moves: 40 }), joins, joins, cut, (log, before, after, at) => {
        const units = explode(log);
        const first = regroup(units, before).map(wire);
        const view = whole(first.slice(0, Math.round(at * first.length)));
        const rest = regroup(units, after).map(wire);
        const folded = fold(view, rest);
        expect(folded).toEqual(whole(units));
        expect(textsOf(folded)).toEqual(textsOf(whole(log)));
      }),
      RUNS,
    );
  });
});

function textsOf(view: View): string[] {
  return view.turns.flatMap(({ items }) =>
    items.flatMap((item) => {
      if (item.kind === "tool") return [item.args_text, item.output];
      return item.kind === "text" || item.kind === "thinking" ? [item.content] : [];
    }),
  );
}
