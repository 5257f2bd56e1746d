import { type Event, emptyView, fold, type View } from "@millrace/protocol";
import { sessionLog } from "@millrace/protocol/testing";
import { MemoryStore } from "@millrace/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FoldedLog, foldStored } from "./folded-log.ts";

function folded(log: readonly Event[]): View {
  const all = new FoldedLog();
  for (const event of log) all.push(event);
  return all.view;
}

describe("FoldedLog", () => {
  it("FOLD-1 F53: is the fold, of whatever log", () => {
    fc.assert(
      fc.property(sessionLog({ moves: 200 }), (log) => {
        expect(folded(log)).toEqual(fold(emptyView(), log));
      }),
    );
  });

  it("keeps two runs that are both open, as no log should have", () => {
    const log = ["r1", "r2", "r3"].map((run_id, index): Event => {
      const start = { type: "session_start", model: "m", agent: "a" } as const;
      const placed = { v: 1, session_id: "s", ts: 0, seq: index + 1, run_id, max_steps: 1, token_limit: 1 } as const;
      return { ...placed, ...start, message_ids: [], tools: [] };
    });
    log.push({ v: 1, session_id: "s", ts: 0, seq: 4, run_id: "r1", type: "stop_requested", by: "u" });
    expect(folded(log)).toEqual(fold(emptyView(), log));
  });
});

describe("foldStored", () => {
  it("F53: folds what is stored, however many pages it has, and shows every event once", async () => {
    const store = new MemoryStore();
    const create = { user_id: "u", title: "", epoch: "e", created_at: 0 };
    const entries = Array.from({ length: 1_001 }, (_, index) => ({
      event: { type: "session_updated", ts: index, title: `title ${index}` } as const,
    }));
    await store.append([{ session_id: "s", create, entries }]);
    const seen: number[] = [];
    const view = await foldStored(store, "s", ({ seq }) => void seen.push(seq));
    expect(view).toMatchObject({ seq: 1_001, title: "title 1000" });
    expect(seen).toEqual(entries.map((_, index) => index + 1));
  });
});
