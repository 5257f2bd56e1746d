import { emptyView, type SessionSummary } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { cancelled, done, failure, sessionStart, viewOf } from "../session/testing-events.ts";
import { apply, byDay, merge, refresh, rowStatus, statusOf } from "./session-list.ts";

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
const session = (session_id: string, updated_at: number, more: Partial<SessionSummary> = {}): SessionSummary => ({
  session_id,
  title: session_id,
  status: "idle",
  head: 1,
  model: null,
  created_at: 0,
  updated_at,
  ...more,
});
const ids = (list: readonly SessionSummary[]) => list.map((summary) => summary.session_id);

describe("byDay", () => {
  it("groups by the reader's calendar days, not by 24 hours", () => {
    const list = [
      session("a", at(20, 1)),
      session("b", at(19, 23)),
      session("c", at(19, 0)),
      session("d", at(18, 23)),
      session("e", at(13, 0)),
      session("f", at(12, 23)),
    ];
    expect(byDay(list, at(20, 2)).map(({ day, sessions }) => [day, ids(sessions)])).toEqual([
      ["today", ["a"]],
      ["yesterday", ["b", "c"]],
      ["week", ["d", "e"]],
      ["older", ["f"]],
    ]);
  });
  it("leaves out days without sessions", () => {
    expect(byDay([], at(20, 2))).toEqual([]);
  });
});

describe("merge", () => {
  it("sorts by the last change and replaces by id", () => {
    const list = merge([session("a", 2), session("b", 1)], [session("b", 3, { head: 5, title: "new" })]);
    expect(ids(list)).toEqual(["b", "a"]);
    expect(list[0]!.title).toBe("new");
  });
  it("does not go back to an older head", () => {
    const list = merge(
      [session("a", 2, { head: 9, status: "idle" })],
      [session("a", 1, { head: 4, status: "running" })],
    );
    expect(list[0]!.status).toBe("idle");
  });
});

describe("apply", () => {
  it("removes what was deleted", () => {
    const change = { type: "session_changed" as const, ...session("a", 3, { status: "deleted" }) };
    expect(ids(apply([session("a", 2), session("b", 1)], change))).toEqual(["b"]);
  });
});

describe("refresh", () => {
  it("drops what was deleted while nobody listened and keeps older pages", () => {
    const list = [session("a", 9), session("gone", 8), session("b", 7), session("old", 1)];
    expect(ids(refresh(list, [session("a", 9), session("b", 7)], "more"))).toEqual(["a", "b", "old"]);
    expect(ids(refresh(list, [session("a", 9)], null))).toEqual(["a"]);
    expect(ids(refresh(list, [], null))).toEqual([]);
  });
});

describe("statusOf", () => {
  it("is what the log says", () => {
    expect(statusOf(emptyView())).toBe("idle");
    expect(statusOf(viewOf(sessionStart()))).toBe("running");
    expect(statusOf(viewOf(sessionStart(), done()))).toBe("idle");
    expect(statusOf(viewOf(sessionStart(), cancelled()))).toBe("idle");
    expect(statusOf(viewOf(sessionStart(), failure()))).toBe("failed");
  });
});

describe("rowStatus", () => {
  it("is unread only where something came after it was seen", () => {
    expect(rowStatus(session("a", 5), 4, false)).toBe("unread");
    expect(rowStatus(session("a", 5), 4, true)).toBe("idle");
    expect(rowStatus(session("a", 5), 5, false)).toBe("idle");
    expect(rowStatus(session("a", 5), undefined, false)).toBe("idle");
    expect(rowStatus(session("a", 5, { status: "running" }), 4, false)).toBe("running");
    expect(rowStatus(session("a", 5, { status: "failed" }), 4, false)).toBe("failed");
  });
  it("is not unread because it has got another name: that says nothing", () => {
    const named = { type: "session_changed" as const, ...session("a", 5, { head: 9, title: "Another name" }) };
    const [renamed] = apply([session("a", 5, { head: 8 })], named);
    expect(renamed).toMatchObject({ head: 9, title: "Another name" });
    expect(rowStatus(renamed!, 5, false)).toBe("idle");
  });
});
