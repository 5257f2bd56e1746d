import { RejectedError } from "@millrace/client";
import type { Ack, View } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { createStore } from "zustand/vanilla";
import type { SessionState } from "../session/session-store.ts";
import { type Body, call, result, sessionStart, step, viewOf } from "../session/testing-events.ts";
import { createAskStore } from "./ask-store.ts";

const ask = (id: string): Body => ({
  type: "interaction_request",
  request_id: `confirm-${id}`,
  interaction_kind: "confirm",
  content: "?",
  options: ["allow_once", "deny"],
  tool_call_id: id,
  args_digest: `digest-${id}`,
});
const answer = (id: string, word: string): Body => ({
  type: "user_input_received",
  request_id: `confirm-${id}`,
  answer: word,
  by: "local",
});
const base: Body[] = [sessionStart(), step(1), call("a"), call("b")];

function setup() {
  const replies: PromiseWithResolvers<Ack>[] = [];
  const respond = vi.fn((..._: unknown[]): Promise<Ack> => {
    const reply = Promise.withResolvers<Ack>();
    replies.push(reply);
    return reply.promise;
  });
  const session = createStore<SessionState>(() => ({
    session_id: "session",
    link: "live",
    view: viewOf(),
    recent: [],
    skew: 0,
    stop_pressed: null,
  }));
  let expire = () => {};
  const store = createAskStore({ respond }, session, (_, callback) => {
    expire = callback;
    return () => {};
  });
  const see = (...bodies: Body[]) => session.setState({ view: viewOf(...base, ...bodies) as View });
  return { store, session, respond, replies, see, expire: () => expire() };
}
const ids = (store: ReturnType<typeof setup>["store"]) => store.getState().asks.map(({ item }) => item.request_id);

describe("createAskStore", () => {
  it("docks what waits, and keeps its object while it does not change", () => {
    const { store, see } = setup();
    see(ask("a"));
    const [first] = store.getState().asks;
    see(ask("a"), ask("b"));
    expect(ids(store)).toEqual(["confirm-a", "confirm-b"]);
    expect(first?.item.request_id).toBe("confirm-a");
  });

  it("binds the answer to the digest that was shown, and sends it once", () => {
    const { store, see, respond } = setup();
    see(ask("a"));
    const [docked] = store.getState().asks;
    store.answer(docked!, "allow_once");
    store.answer(docked!, "deny");
    expect(respond.mock.calls).toEqual([["session", "confirm-a", "allow_once", { args_digest: "digest-a" }]]);
  });

  it("says for a moment what became of it, and whether it was said here", () => {
    const { store, see, expire } = setup();
    see(ask("a"), ask("b"));
    store.answer(store.getState().asks[0]!, "allow_once");
    see(ask("a"), ask("b"), answer("a", "allow_once"));
    expect(store.getState().settled).toMatchObject({ here: true, outcome: { kind: "answered", word: "allow_once" } });
    expect(ids(store)).toEqual(["confirm-b"]);
    see(ask("a"), ask("b"), answer("a", "allow_once"), answer("b", "deny"));
    expect(store.getState().settled).toMatchObject({ here: false, outcome: { word: "deny" } });
    expire();
    expect(store.getState().settled).toBeNull();
  });

  it("does not claim an answer that somebody else gave first", async () => {
    const { store, see, replies } = setup();
    see(ask("a"));
    store.answer(store.getState().asks[0]!, "allow_once");
    see(ask("a"), answer("a", "deny"));
    expect(store.getState().settled?.here).toBe(false);
    see(ask("a"), answer("a", "deny"), ask("b"));
    store.answer(store.getState().asks[0]!, "deny");
    see(ask("a"), answer("a", "deny"), ask("b"), answer("b", "deny"));
    expect(store.getState().settled?.here).toBe(true);
    replies[1]!.reject(new RejectedError("already_answered", "Already answered by local."));
    await vi.waitFor(() => expect(store.getState().settled?.here).toBe(false));
  });

  it("asks again where the arguments changed or no answer came", async () => {
    const { store, see, replies, respond } = setup();
    see(ask("a"));
    const docked = store.getState().asks[0]!;
    store.answer(docked, "allow_once");
    replies[0]!.reject(new RejectedError("args_changed", "no"));
    await vi.waitFor(() => expect(store.getState().sent.get("confirm-a")?.refused?.why).toBe("args_changed"));
    store.answer(docked, "deny");
    replies[1]!.reject(new Error("offline"));
    await vi.waitFor(() => expect(store.getState().sent.get("confirm-a")?.refused?.why).toBe("offline"));
    expect(respond).toHaveBeenCalledTimes(2);
  });

  it("says nothing of what history holds, and keeps what is docked while it catches up", () => {
    const { store, session, see } = setup();
    session.setState({ link: "catching_up" });
    see(ask("a"));
    expect(ids(store)).toEqual([]);
    see(ask("a"), answer("a", "deny"));
    session.setState({ link: "live" });
    expect(store.getState()).toMatchObject({ asks: [], settled: null });
    see(ask("a"), answer("a", "deny"), ask("b"));
    session.setState({ link: "subscribing" });
    expect(ids(store)).toEqual(["confirm-b"]);
    see(ask("a"), answer("a", "deny"), ask("b"), result("b", "cancelled"));
    session.setState({ link: "live" });
    expect(store.getState()).toMatchObject({ asks: [], settled: { outcome: { kind: "unneeded" } } });
  });

  it("forgets everything with the session it leaves", () => {
    const { store, session, see } = setup();
    see(ask("a"));
    store.fold("confirm-a", true);
    session.setState({ session_id: "other", view: viewOf() });
    expect(store.getState()).toMatchObject({ asks: [], folded: new Set(), settled: null });
  });
});
