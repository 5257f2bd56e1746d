import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "../events/events.ts";
import { LogWriter } from "../testing/log-writer.ts";
import { regroup, sessionLog } from "../testing.ts";
import { allTurns } from "./branches.ts";
import { evolve, fold } from "./evolve.ts";
import { emptyView, type Turn, type View } from "./view.ts";

const RUNS = { numRuns: 1000 };
/** Short runs and many branches. */
const branchy: fc.Arbitrary<Event[]> = fc
  .array(fc.tuple(fc.constantFrom("text", "end", "replace", "select", "select"), fc.nat(5039)), {
    maxLength: 60,
    size: "max",
  })
  .map((moves) => {
    const writer = new LogWriter();
    for (const [move, pick] of moves) writer.play(move, "a", pick, 1);
    return writer.log;
  });
const logs = fc.oneof(sessionLog(), branchy);
const whole = (log: readonly Event[]): View => fold(emptyView(), log);
const names = (turns: readonly Turn[]): string[] => turns.map(({ run_id }) => run_id);

/** Which runs are shown, by remembering every branch that ever was: other code than the fold's. */
function shownIn(log: readonly Event[]): string[] {
  const replaced = new Map<string, string>();
  const runOf = new Map<string, string>();
  const past: string[][] = [];
  let shown: string[] = [];
  for (const event of log) {
    if (event.type === "user_message" && event.replaces !== undefined) replaced.set(event.message_id, event.replaces);
    if (event.type === "session_start" || event.type === "step")
      for (const id of event.message_ids ?? []) runOf.set(id, event.run_id ?? "");
    if (event.type === "session_start") {
      const run = event.run_id ?? "";
      const replaces = event.message_ids.map((id) => replaced.get(id)).find((id) => id !== undefined);
      const old = runOf.get(replaces ?? "");
      const first = past.find((branch) => branch.includes(old ?? ""));
      shown = [...(first === undefined ? shown : first.slice(0, first.indexOf(old ?? ""))), run];
    }
    if (event.type === "branch_selected") {
      const run = runOf.get(event.message_id) ?? "";
      shown = past.findLast((branch) => branch.includes(run)) ?? shown;
    }
    past.push(shown);
  }
  return shown;
}

describe("branches in any log", { timeout: 60_000 }, () => {
  it("are tried: there are logs with several, nested ones and some chosen", () => {
    const logs = fc.sample(sessionLog(), { seed: 1, numRuns: 300 }).map(whole);
    const aside = logs.filter((view) => view.aside.length > 1);
    expect(aside.length).toBeGreaterThan(20);
    expect(aside.filter(({ turns }) => turns.length > 1 && turns.at(-1)?.branch === null).length).toBeGreaterThan(4);
    expect(logs.filter((view) => allTurns(view).some((turn) => turn.chosen_seq > turn.seq)).length).toBeGreaterThan(9);
    expect(logs.filter((view) => view.turns.some(({ branch }) => (branch?.count ?? 0) > 2)).length).toBeGreaterThan(9);
  });

  it("BRANCH-2: what is shown is the branch of the run begun last, or as it was when it was last shown", () => {
    fc.assert(
      fc.property(logs, (log) => {
        expect(names(whole(log).turns)).toEqual(shownIn(log));
      }),
      RUNS,
    );
  });

  it("BRANCH-3: every run that ever began is shown or kept aside", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const begun = log.flatMap((event) => (event.type === "session_start" ? [event.run_id ?? ""] : []));
        expect(names(allTurns(whole(log)))).toEqual(begun);
      }),
      RUNS,
    );
  });

  it("FOLD-2, MERGE-4: merging and repeating change no branch", () => {
    fc.assert(
      fc.property(logs, fc.array(fc.boolean(), { minLength: 1 }), (log, joins) => {
        const view = whole(log);
        expect(whole(regroup(log, joins))).toEqual(view);
        expect(fold(view, log)).toBe(view);
      }),
      RUNS,
    );
  });

  it("BRANCH-3: a turn that nothing happened to stays the same object, wherever it is shown", () => {
    fc.assert(
      fc.property(logs, (log) => {
        let view = emptyView();
        for (const event of log) {
          const next = evolve(view, event);
          const held = new Set([...next.turns, ...next.aside]);
          const made = [...view.turns, ...view.aside].filter((turn) => !held.has(turn));
          const touched = made.filter((turn) => {
            const after = allTurns(next).find(({ run_id }) => run_id === turn.run_id);
            const same = after?.items === turn.items && after.phase === turn.phase;
            return (
              same && after.branch === turn.branch && after.chosen_seq === turn.chosen_seq && after.step === turn.step
            );
          });
          if (event.type === "branch_selected" || event.type === "session_start") expect(touched).toEqual([]);
          view = next;
        }
      }),
      { numRuns: 300 },
    );
  });
});
