import { emptyView, type View } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { delta, done, failure, sessionStart, step, viewOf } from "../session/testing-events.ts";
import { announce, isUrgent } from "./announcements.ts";

const base = [sessionStart(), step(1), delta(0, "There are **3** files. And more.")];
const running = viewOf(...base);
const said = (before: View, after: View, since = 0) => announce(before, after, since);

describe("announce", () => {
  it("says that a run started and how it ended, once", () => {
    expect(said(emptyView(), running)).toEqual({ key: "started", values: {} });
    const finished = viewOf(...base, done());
    expect(said(running, finished)).toEqual({ key: "done", values: {} });
    expect(said(finished, finished)).toBeNull();
    expect(said(running, viewOf(...base, failure()))).toEqual({ key: "failed", values: { reason: "502" } });
  });

  it("says which branch is shown, and not that its old run ended", () => {
    const { turns } = viewOf(...base, done());
    const old = turns.map((turn) => ({ ...turn, branch: { index: 0, count: 2, siblings: ["a", "b"] } }));
    const other = turns.map((turn) => ({ ...turn, run_id: "other" }));
    const [before, after] = [
      { ...emptyView(), turns: other, aside: old },
      { ...emptyView(), turns: old, aside: other },
    ];
    expect(said(before, after)).toEqual({ key: "branch", values: { n: 1, m: 2 } });
  });

  it("does not read a stream of tokens", () => {
    expect(said(running, viewOf(...base, delta(32, " x")))).toBeNull();
  });

  it("says at once that a run was interrupted", () => {
    expect(isUrgent(said(running, viewOf(...base, failure("interrupted")))!)).toBe(true);
    expect(isUrgent(said(running, viewOf(...base, done()))!)).toBe(false);
  });

  it("names steps of long runs only, and not often", () => {
    const next = viewOf(...base, step(2));
    expect(said(running, next, 19_000)).toBeNull();
    expect(said(running, next, 20_000)).toEqual({ key: "step", values: { n: 2 } });
  });
});
