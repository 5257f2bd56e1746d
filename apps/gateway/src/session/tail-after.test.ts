import { type Event, emptyView, fold, fromOf } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tailAfter } from "./tail-after.ts";

describe("tailAfter", () => {
  it("SUB-4: of an empty session is its start", () => {
    expect(tailAfter(emptyView(), 3)).toBe(0);
  });

  it("SUB-4: the tail of any log folds to whole messages and whole runs: it never begins inside one", () => {
    fc.assert(
      fc.property(sessionLog(), fc.integer({ min: 1, max: 5 }), (log, count) => {
        const after = tailAfter(fold(emptyView(), log), count);
        const rest = log.filter((event) => event.seq > after);
        const head = log.at(-1)?.seq ?? 0;
        expect(rest.length === 0 || fromOf(rest[0] as Event) === after + 1).toBe(true);
        const begun = new Set(rest.filter(({ type }) => type === "session_start").map(({ run_id }) => run_id));
        for (const event of rest) if (event.run_id !== undefined) expect(begun).toContain(event.run_id);
        const known = new Set(rest.flatMap((event) => (event.type === "user_message" ? [event.message_id] : [])));
        for (const event of rest) {
          if (event.type !== "session_start" && event.type !== "step") continue;
          for (const id of event.message_ids ?? []) expect(known).toContain(id);
        }
        const whole = fold(emptyView(), log);
        const tail = fold(emptyView(after), rest);
        expect(tail.seq).toBe(head);
        expect(tail.turns).toEqual(whole.turns.slice(whole.turns.length - tail.turns.length));
        const messages = whole.turns.flatMap(({ items }) => items.filter(({ kind }) => kind === "message")).length;
        const shown = tail.turns.flatMap(({ items }) => items.filter(({ kind }) => kind === "message")).length;
        expect(shown + tail.queue.length).toBeGreaterThanOrEqual(Math.min(count, messages + whole.queue.length));
      }),
      { numRuns: 300 },
    );
  });

  it("HTTP-7: pages that are read backwards, put one behind the other, are the whole conversation", () => {
    fc.assert(
      fc.property(sessionLog({ moves: 200 }), fc.integer({ min: 1, max: 3 }), (log, count) => {
        const whole = fold(emptyView(), log);
        const turns = [];
        for (let before = whole.seq + 1; before > 1; ) {
          const after = tailAfter(whole, count, before);
          const page = log.filter(({ seq }) => seq > after && seq < before);
          turns.unshift(...fold(emptyView(after), page).turns);
          before = after + 1;
        }
        expect(turns).toEqual(whole.turns);
      }),
      { numRuns: 300 },
    );
  });
});
