import type { InteractionItem } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { type Body, call, done, result, sessionStart, step, viewOf } from "../session/testing-events.ts";
import { offered, openAsks, outcomeOf, raisedLimit, reasonOf } from "./ask.ts";

const ask = (change: Partial<Extract<Body, { type: "interaction_request" }>> = {}): Body => ({
  type: "interaction_request",
  request_id: "confirm-a",
  interaction_kind: "confirm",
  content: 'bash {"command":"ls"}\nA rule says to ask: bash *.',
  options: ["allow_once", "allow_session", "allow_always", "deny"],
  tool_call_id: "a",
  args_digest: "ab12",
  pattern: "ls",
  ...change,
});
const answer = (value: unknown, by = "local"): Body => ({
  type: "user_input_received",
  request_id: "confirm-a",
  answer: value,
  by,
});
const breaker = (reason: "token_limit" | "loop", limit: number, value: number): Body => ({
  type: "circuit_breaker",
  reason,
  content: "",
  limit,
  value,
});
const goOn = (n: number): Body =>
  ask({ request_id: `breaker-${n}`, options: ["continue", "end"], tool_call_id: undefined, args_digest: undefined });
const base = [sessionStart(), step(1), call("a")];
const asks = (...bodies: Body[]) => openAsks(viewOf(...base, ...bodies));

describe("openAsks", () => {
  it("holds what waits in the open run, oldest first", () => {
    const second = ask({ request_id: "confirm-b", tool_call_id: "b" });
    expect(asks(ask(), call("b"), second).map(({ item }) => item.request_id)).toEqual(["confirm-a", "confirm-b"]);
    expect(asks(ask(), answer("deny"))).toEqual([]);
  });

  it("holds nothing once the run is stopped or has ended", () => {
    expect(asks(ask(), { type: "stop_requested", run_id: "run", by: "local" })).toEqual([]);
    expect(asks(ask(), result("a", "denied"), done())).toEqual([]);
  });
});

describe("askOf", () => {
  it("takes for a permission only what the server bound to a call's arguments (T16)", () => {
    expect(asks(ask())[0]!.about).toMatchObject({ kind: "permission", call: { tool_call_id: "a" } });
    const written = ask({ args_digest: undefined, content: "Allow bash to run this command?" });
    expect(asks(written)[0]!.about.kind).toBe("choice");
    expect(asks(ask({ interaction_kind: "question" }))[0]!.about.kind).toBe("question");
  });

  it("lets nobody allow a call whose arguments cannot be shown", () => {
    const [unseen] = asks(ask({ tool_call_id: "elsewhere" }));
    expect(unseen!.about).toEqual({ kind: "permission", call: null });
    expect(offered(unseen!)).toEqual(["deny"]);
    expect(offered(asks(ask())[0]!)).toHaveLength(4);
  });

  it("finds the limit that a question is about, and what going on would set it to", () => {
    const [first] = asks(breaker("token_limit", 100, 120), goOn(1));
    expect(first!.about).toMatchObject({ kind: "breaker", breaker: { limit: 100, value: 120 }, raised: 220 });
    const said: Body = { type: "user_input_received", request_id: "breaker-1", answer: "continue", by: "local" };
    const [second] = asks(breaker("token_limit", 100, 120), goOn(1), said, breaker("token_limit", 220, 230), goOn(2));
    expect(second!.about).toMatchObject({ breaker: { limit: 220 }, raised: 330 });
    expect(asks(breaker("loop", 3, 3), goOn(1))[0]!.about).toMatchObject({ kind: "breaker", raised: null });
    const turn = viewOf(...base, breaker("loop", 3, 3)).turns[0]!;
    expect(raisedLimit(turn, turn.items.at(-1) as never)).toBeNull();
  });

  it("does not take a tool's question for one about a limit", () => {
    expect(asks(breaker("loop", 3, 3), ask({ args_digest: undefined }))[0]!.about.kind).toBe("choice");
  });

  it("does not take a flow's own question for one about a limit, whatever was passed before it", () => {
    const said: Body = { type: "user_input_received", request_id: "breaker-1", answer: "continue", by: "local" };
    const own = ask({
      request_id: "flow-run-sure",
      options: ["yes", "no"],
      tool_call_id: undefined,
      args_digest: undefined,
    });
    const [asked] = asks(breaker("token_limit", 100, 120), goOn(1), said, own);
    expect(asked!.about).toEqual({ kind: "choice", call: null });
  });
});

describe("reasonOf", () => {
  it("is what the server wrote after the call", () => {
    expect(reasonOf(asks(ask())[0]!)).toBe("A rule says to ask: bash *.");
    expect(reasonOf(asks(ask({ content: "Something else." }))[0]!)).toBe("Something else.");
    expect(reasonOf(asks(ask({ content: 'bash {"command":"ls"}' }))[0]!)).toBe("");
  });
});

describe("outcomeOf", () => {
  const asked = (...bodies: Body[]) =>
    viewOf(...base, ask(), ...bodies).turns[0]!.items.find((item) => item.kind === "interaction") as InteractionItem;
  it("says who said what, or why it is not asked any more", () => {
    expect(outcomeOf("running", asked(), false)).toBeNull();
    const said = asked(answer({ answer: "deny", comment: " no " }, "ann"));
    expect(outcomeOf("done", said, true)).toEqual({ kind: "answered", word: "deny", comment: "no", by: "ann" });
    expect(outcomeOf("running", asked(answer("deny", "expiry")), true)).toEqual({ kind: "expired" });
    expect(outcomeOf("stopping", asked(), false)).toEqual({ kind: "stopped" });
    expect(outcomeOf("cancelled", asked(), true)).toEqual({ kind: "stopped" });
    expect(outcomeOf("running", asked(), true)).toEqual({ kind: "unneeded" });
    expect(outcomeOf("error", asked(), false)).toEqual({ kind: "unneeded" });
  });
});
