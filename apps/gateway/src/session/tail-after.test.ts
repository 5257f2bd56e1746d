import { type Event, emptyView, fold, fromOf, type Turn } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tailAfter } from "./tail-after.ts";

describe("tailAfter", () => {
  it("SUB-4: of an empty session is its start", () => {
    expect(tailAfter(emptyView(), 3)).toBe(0);
  });

  it("SUB-4, BRANCH-8: the tail of any log folds to whole messages and whole runs: it never begins inside one", () => {
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
        expect(tail.turns.map(alone)).toEqual(whole.turns.slice(whole.turns.length - tail.turns.length).map(alone));
        const messages = whole.turns.flatMap(({ items }) => items.filter(({ kind }) => kind === "message")).length;
        const shown = tail.turns.flatMap(({ items }) => items.filter(({ kind }) => kind === "message")).length;
        expect(shown + tail.queue.length).toBeGreaterThanOrEqual(Math.min(count, messages + whole.queue.length));
      }),
      { numRuns: 300 },
    );
  });

  it("HTTP-7, BRANCH-8: pages that are read backwards, put before what is held, end with the whole conversation", () => {
    fc.assert(
      fc.property(sessionLog({ moves: 200 }), fc.integer({ min: 1, max: 3 }), (log, count) => {
        const whole = fold(emptyView(), log);
        let held: Event[] = [];
        for (let before = whole.seq + 1; before > 1; ) {
          const after = tailAfter(whole, count, before);
          held = [...log.filter(({ seq }) => seq > after && seq < before), ...held];
          const { turns } = fold(emptyView(after), held);
          expect(turns.map(alone)).toEqual(whole.turns.slice(whole.turns.length - turns.length).map(alone));
          before = after + 1;
        }
        expect(fold(emptyView(), held)).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("BRANCH-8: reaches back to what was replaced, or selected, in it", () => {
    const asked = (id: string, replaces?: string) => [
      { type: "user_message", message_id: id, content: id, mode: "queue", ...(replaces && { replaces }) },
      {
        type: "session_start",
        run_id: `run ${id}`,
        message_ids: [id],
        model: "m",
        agent: "a",
        max_steps: 1,
        tools: [],
      },
      { type: "done", run_id: `run ${id}`, content: "", steps: 0, reason: "completed", usage: {} },
    ];
    const view = (...events: object[]) =>
      fold(
        emptyView(),
        events.map((event, index) => ({ session_id: "s", seq: index + 1, ts: 0, ...event })) as Event[],
      );
    const talk = [...asked("a"), ...asked("b"), ...asked("c")];
    expect(tailAfter(view(...talk, ...asked("B", "b")), 1)).toBe(3);
    expect(tailAfter(view(...talk, ...asked("B", "b"), ...asked("d")), 1)).toBe(12);
    expect(tailAfter(view(...talk, ...asked("B", "b"), ...asked("C", "B")), 1)).toBe(3);
    expect(tailAfter(view(...talk, ...asked("B", "b"), { type: "branch_selected", message_id: "b" }), 1)).toBe(3);
  });
});

/** A turn, whatever it follows: that may not be held. */
const alone = ({ parent: _parent, ...turn }: Turn): Omit<Turn, "parent"> => turn;
