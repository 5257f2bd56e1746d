import type { SessionStatus, SessionSummary } from "@millrace/protocol";
import { expect, it } from "vitest";
import { newsBetween } from "./notices.ts";

const session = (session_id: string, status: SessionStatus): SessionSummary => ({
  session_id,
  title: session_id,
  status,
  head: 1,
  model: null,
  created_at: 0,
  updated_at: 0,
});

it("tells of runs that end or ask, not of what was so before or is only listed now", () => {
  const before = [session("a", "running"), session("b", "running"), session("c", "waiting"), session("d", "idle")];
  const after = [
    session("a", "idle"),
    session("b", "failed"),
    session("c", "waiting"),
    session("d", "waiting"),
    session("new", "failed"),
  ];
  expect(newsBetween(before, after).map(({ session_id, what }) => [session_id, what])).toEqual([
    ["a", "done"],
    ["b", "failed"],
    ["d", "waiting"],
  ]);
  expect(newsBetween(after, after)).toEqual([]);
  expect(newsBetween([session("a", "waiting")], [session("a", "running")])).toEqual([]);
});
