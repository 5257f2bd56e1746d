import type { ConnectionState } from "@millrace/client";
import { emptyView } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import {
  type Body,
  call,
  cancelled,
  delta,
  done,
  failure,
  result,
  sessionStart,
  start,
  step,
  viewOf,
} from "../session/testing-events.ts";
import { truthOf } from "./truth.ts";

const online: ConnectionState = { state: "online", since: 0, connection_id: "c", user: { id: "local" } };
const live = (...bodies: Body[]) => truthOf(online, "live", viewOf(...bodies), null);

describe("truthOf", () => {
  it("is ready where nothing has run", () => {
    expect(truthOf(online, null, emptyView(), null)).toEqual({ state: "ready" });
  });

  it("says the link before the run, and whether the run goes on", () => {
    const view = viewOf(sessionStart());
    expect(truthOf({ state: "waiting", attempt: 1, retry_at: 9, reason: "lost" }, "live", view, null)).toEqual({
      state: "offline",
      why: "lost",
      retry_at: 9,
      running: true,
    });
    expect(
      truthOf({ state: "waiting", attempt: 1, retry_at: 9, reason: "draining" }, "live", view, null),
    ).toMatchObject({
      why: "draining",
    });
    expect(truthOf({ state: "closed", code: 4103, reason: "" }, "live", viewOf(sessionStart(), done()), null)).toEqual({
      state: "offline",
      why: "closed",
      code: 4103,
      running: false,
    });
    expect(truthOf({ state: "connecting", attempt: 1 }, null, emptyView(), null).state).toBe("offline");
  });

  it("signed out is no loss of the link", () => {
    expect(truthOf({ state: "closed", code: 4101, reason: "" }, "live", emptyView(), null)).toEqual({
      state: "signed_out",
    });
  });

  it("a storage that takes nothing comes before the run, a slow one leaves what waits for the person", () => {
    const run = viewOf(sessionStart());
    for (const how of ["full", "unavailable", "slow"] as const)
      expect(truthOf(online, "live", run, null, how)).toEqual({ state: "storage", how });
    const stop: Body = { type: "stop_requested", run_id: "run", by: "local" };
    const stopping = viewOf(sessionStart(), step(1), stop);
    expect(truthOf(online, "live", stopping, null, "slow")).toMatchObject({ state: "stopping" });
    expect(truthOf(online, "live", stopping, null, "full")).toMatchObject({ state: "storage" });
    expect(truthOf(online, "catching_up", run, null, "slow")).toMatchObject({ state: "catching_up" });
  });

  it("counts what is still to come while catching up", () => {
    expect(truthOf(online, "catching_up", viewOf(sessionStart()), 11)).toEqual({ state: "catching_up", behind: 10 });
    expect(truthOf(online, "subscribing", viewOf(sessionStart()), null)).toEqual({
      state: "catching_up",
      behind: null,
    });
  });

  it("says what a run is doing", () => {
    expect(live(sessionStart())).toMatchObject({ state: "live", doing: { kind: "starting" } });
    expect(live(sessionStart(), step(1))).toMatchObject({ doing: { kind: "thinking" } });
    expect(live(sessionStart(), step(1), delta(0, "a"))).toMatchObject({ doing: { kind: "writing" } });
    expect(live(sessionStart(), step(1), call("a"))).toMatchObject({ doing: { kind: "preparing", tools: ["bash"] } });
    expect(live(sessionStart(), step(1), call("a"), call("b", "fetch_url"), start("b"))).toMatchObject({
      doing: { kind: "running", tools: ["fetch_url"] },
    });
  });

  it("waits for a person only while nobody has answered", () => {
    const ask: Body = {
      type: "interaction_request",
      request_id: "r",
      interaction_kind: "confirm",
      content: "?",
      options: [],
      tool_call_id: "a",
      args_digest: "d",
    };
    const answer: Body = { type: "user_input_received", request_id: "r", answer: "allow", by: "local" };
    expect(live(sessionStart(), step(1), call("a"), ask)).toMatchObject({
      state: "waiting",
      asks: { kind: "permission", call: { tool_name: "bash" } },
    });
    expect(live(sessionStart(), step(1), call("a"), ask, answer)).toMatchObject({ state: "live" });
  });

  it("never shows a run that has ended as running", () => {
    const stop: Body = { type: "stop_requested", run_id: "run", by: "local" };
    expect(live(sessionStart(), step(1), call("a"), stop)).toMatchObject({ state: "stopping", open: 1 });
    expect(live(sessionStart(), step(1), stop, cancelled())).toMatchObject({ state: "stopped" });
    expect(live(sessionStart(), failure())).toMatchObject({ state: "failed" });
    expect(live(sessionStart(), failure("interrupted"))).toMatchObject({ state: "interrupted" });
    expect(
      live(sessionStart(), step(1), call("a"), call("b"), result("a"), result("b", "failed"), done()),
    ).toMatchObject({
      state: "done",
      calls: 2,
      failed: 1,
    });
  });
});
