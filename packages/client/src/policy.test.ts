import { describe, expect, it } from "vitest";
import {
  ANSWER_MS,
  backoff,
  CONNECT_MS,
  IDLE,
  type PolicyInput,
  type PolicyState,
  QUIET_MS,
  transition,
} from "./policy.ts";

const WELCOME: PolicyInput = { type: "welcome", connection_id: "k1", user: { id: "u" }, heartbeat_ms: 15_000 };
const LOST: PolicyInput = { type: "closed", code: 1006, reason: "" };
const half = (): number => 0.5;

/** Plays inputs from idle; a number lets that many milliseconds pass. */
function play(...inputs: (PolicyInput | number)[]): { state: PolicyState; effects: readonly object[]; now: number } {
  let now = 1_000_000;
  let state = IDLE;
  let effects: readonly object[] = [];
  for (const input of inputs) {
    if (typeof input === "number") now += input;
    else ({ state, effects } = transition(freeze(state), input, now, half));
  }
  return { state, effects, now };
}

function freeze(state: PolicyState): PolicyState {
  Object.freeze(state.shown);
  return Object.freeze(state);
}

const connect: PolicyInput = { type: "connect" };
const retryNow: PolicyInput = { type: "retry_now" };
const fired: PolicyInput = { type: "fired" };
const written: PolicyInput = { type: "written", length: 80 };
const heard: PolicyInput = { type: "heard" };
const doubt: PolicyInput = { type: "doubt" };
const TRAVEL_MS = 10;

describe("R10 reconnect policy", () => {
  it("waits 0.25 s doubled with each attempt, at most 10 s", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map(backoff)).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000,
    ]);
  });

  it("waits a random part of that", () => {
    const { state } = transition(play(connect).state, LOST, 5_000, () => 0.1);
    expect(state.shown).toEqual({ state: "waiting", attempt: 2, retry_at: 5_050, reason: "lost" });
  });

  it("connects at once when asked", () => {
    const { state, effects } = play(connect);
    expect(state.shown).toEqual({ state: "connecting", attempt: 1 });
    expect(effects).toEqual([{ type: "open" }, { type: "wake", in_ms: CONNECT_MS }]);
  });

  it("is online after the welcome, not after the opening", () => {
    expect(play(connect, { type: "heard" }).state.shown.state).toBe("connecting");
    const { state, effects, now } = play(connect, { type: "heard" }, WELCOME);
    expect(state.shown).toEqual({ state: "online", since: now, connection_id: "k1", user: { id: "u" } });
    expect(effects).toEqual([{ type: "wake", in_ms: 30_000 }]);
  });

  it("counts attempts over short connections and starts again after 30 s of a stable one", () => {
    expect(play(connect, LOST, fired, LOST, fired).state.attempt).toBe(3);
    expect(play(connect, LOST, fired, WELCOME, 29_999, LOST).state.attempt).toBe(3);
    expect(play(connect, LOST, fired, WELCOME, 30_000, LOST).state.attempt).toBe(1);
  });

  it("opens a socket when the wait is over, whatever the clock says by then (F22)", () => {
    const { state, effects } = play(connect, LOST, -600_000, fired);
    expect(state.shown).toEqual({ state: "connecting", attempt: 2 });
    expect(effects[0]).toEqual({ type: "open" });
  });

  it("gives up a socket that does not welcome it", () => {
    const { state, effects } = play(connect, CONNECT_MS, fired);
    expect(state.shown.state).toBe("waiting");
    expect(effects[0]).toEqual({ type: "drop" });
  });

  it("F3: drops a socket that is silent for two heartbeats", () => {
    const { state, effects, now } = play(connect, WELCOME, 30_000, fired);
    expect(state.shown).toEqual({ state: "waiting", attempt: 1, retry_at: now + 125, reason: "lost" });
    expect(effects).toEqual([{ type: "drop" }, { type: "wake", in_ms: 125 }]);
  });

  it("F3: any frame buys two more heartbeats, and the timer looks again then", () => {
    const { state, effects } = play(connect, WELCOME, 20_000, { type: "heard" }, 10_000, fired);
    expect(state.shown.state).toBe("online");
    expect(effects).toEqual([{ type: "wake", in_ms: 20_000 }]);
  });

  it("F22: a clock that is set back does not prolong the silence by more than two heartbeats", () => {
    const { effects } = play(connect, WELCOME, -600_000, fired);
    expect(effects).toEqual([{ type: "wake", in_ms: 30_000 }]);
  });

  it.each([4100, 4101, 4102, 4103, 4104, 4105])("never comes back by itself after %i", (code) => {
    const closed: PolicyInput = { type: "closed", code, reason: "why" };
    const { state, effects } = play(connect, WELCOME, closed);
    expect(state.shown).toEqual({ state: "closed", code, reason: "why" });
    expect(effects).toEqual([{ type: "wake", in_ms: null }]);
    expect(play(connect, WELCOME, closed, 60_000, fired, retryNow).state.shown.state).toBe("closed");
    expect(play(connect, WELCOME, closed, connect).state.shown).toEqual({ state: "connecting", attempt: 1 });
  });

  it.each([1000, 1001, 1006, 1009, 1011, 4000, 4002, 4003, 4004, 4006, 4007])("comes back after %i", (code) => {
    expect(play(connect, WELCOME, { type: "closed", code, reason: "" }).state.shown.state).toBe("waiting");
  });

  it("comes back within a second from a drain, and says so", () => {
    const drained = play(connect, WELCOME, 40_000, { type: "closed", code: 1012, reason: "" });
    expect(drained.state.shown).toMatchObject({ state: "waiting", attempt: 1, reason: "draining" });
    expect(drained.effects).toEqual([{ type: "wake", in_ms: 500 }]);
    const announced = play(connect, WELCOME, 40_000, { type: "draining" }, LOST);
    expect(announced.state.shown).toMatchObject({ reason: "draining" });
    expect(play(connect, WELCOME, { type: "draining" }, LOST, fired, WELCOME, LOST).state.shown).toMatchObject({
      reason: "lost",
    });
  });

  it("retries at once when asked, also in place of an attempt that hangs", () => {
    expect(play(connect, LOST, retryNow).effects[0]).toEqual({ type: "open" });
    expect(play(connect, 500, retryNow).effects).toEqual([]);
    expect(play(connect, 1_001, retryNow).effects[0]).toEqual({ type: "open" });
  });

  it("notices a socket that died in the machine's sleep when asked", () => {
    expect(play(connect, WELCOME, 5_000, retryNow).state.shown.state).toBe("online");
    expect(play(connect, WELCOME, 3_600_000, retryNow).effects[0]).toEqual({ type: "drop" });
  });

  it("R10 F3: asks a socket that owes an answer, and gives it up seconds later where nothing comes", () => {
    expect(play(connect, WELCOME, written).effects).toEqual([{ type: "wake", in_ms: QUIET_MS + TRAVEL_MS }]);
    const asked = play(connect, WELCOME, written, QUIET_MS + TRAVEL_MS, fired);
    expect(asked.effects).toEqual([{ type: "wake", in_ms: ANSWER_MS }, { type: "ping" }]);
    expect(asked.state.shown.state).toBe("online");
    const lost = play(connect, WELCOME, written, QUIET_MS + TRAVEL_MS, fired, ANSWER_MS, fired);
    expect(lost.state.shown).toMatchObject({ state: "waiting", reason: "lost" });
    expect(lost.effects[0]).toEqual({ type: "drop" });
  });

  it("R10: does not ask where all is answered, nor where other frames come", () => {
    const answered = play(connect, WELCOME, written, heard, { type: "settled" }, QUIET_MS + TRAVEL_MS, fired);
    expect(answered.effects).toEqual([{ type: "wake", in_ms: 30_000 - QUIET_MS - TRAVEL_MS }]);
    const streaming = play(connect, WELCOME, written, 2_000, heard, TRAVEL_MS, fired);
    expect(streaming.effects).toEqual([{ type: "wake", in_ms: QUIET_MS - TRAVEL_MS }]);
  });

  it("R10: any frame is an answer, also where the command's own one takes long", () => {
    const asked = [connect, WELCOME, written, QUIET_MS + TRAVEL_MS, fired, 1_000, heard] as const;
    expect(play(...asked, ANSWER_MS, fired).state.shown.state).toBe("online");
    expect(play(...asked, ANSWER_MS, fired).effects).toContainEqual({ type: "ping" });
  });

  it("R10: gives what was written its time, and a slow line twice as much with each attempt", () => {
    const long: PolicyInput = { type: "written", length: 200_000 };
    expect(play(connect, WELCOME, long, 20_000, fired).effects).toEqual([{ type: "wake", in_ms: 7_000 }]);
    expect(play(connect, WELCOME, written, long, 20_000, fired).effects).toEqual([{ type: "wake", in_ms: 7_010 }]);
    const second = [connect, LOST, fired, WELCOME, doubt] as const;
    expect(play(...second).effects[0]).toEqual({ type: "wake", in_ms: 2 * ANSWER_MS });
    expect(play(connect, LOST, fired, WELCOME, 30_000, heard, doubt).effects[0]).toEqual({
      type: "wake",
      in_ms: ANSWER_MS,
    });
    const seldom = [LOST, fired, LOST, fired, LOST, fired, LOST, fired, LOST, fired] as const;
    expect(play(connect, ...seldom, WELCOME, doubt).effects[0]).toEqual({ type: "wake", in_ms: 30_000 });
  });

  it("R10: asks at once when the network is said to be gone, and only once", () => {
    const { state, effects } = play(connect, WELCOME, 5_000, doubt);
    expect(effects).toEqual([{ type: "wake", in_ms: ANSWER_MS }, { type: "ping" }]);
    expect(state.shown.state).toBe("online");
    expect(play(connect, WELCOME, doubt, doubt).effects).toEqual([]);
    expect(play(connect, WELCOME, doubt, 100, heard, ANSWER_MS, fired).state.shown.state).toBe("online");
    expect(play(connect, WELCOME, doubt, ANSWER_MS, fired).state.shown.state).toBe("waiting");
    for (const before of [[connect], [connect, LOST]])
      expect(play(...before, doubt).effects).not.toContainEqual({ type: "ping" });
  });

  it("F22: a clock that is set back does not prolong the question", () => {
    const { state, effects } = play(connect, WELCOME, written, doubt, -600_000, fired);
    expect(effects).toEqual([{ type: "wake", in_ms: ANSWER_MS }]);
    expect(state.shown.state).toBe("online");
  });

  it("close lets go from every state, and nothing brings it back", () => {
    const close: PolicyInput = { type: "close" };
    for (const before of [[connect], [connect, WELCOME], [connect, LOST], [connect, { ...LOST, code: 4101 }]]) {
      const { state, effects } = play(...before, close);
      expect(state.shown).toEqual({ state: "idle" });
      expect(effects).toEqual([{ type: "drop" }, { type: "wake", in_ms: null }]);
      expect(play(...before, close, retryNow, fired, LOST, WELCOME).state.shown).toEqual({ state: "idle" });
    }
  });

  it("ignores what does not fit: a second connect, a second welcome, frames and closes without a socket", () => {
    const online = play(connect, WELCOME).state;
    for (const input of [connect, { ...WELCOME, connection_id: "k2" }] as PolicyInput[]) {
      expect(transition(online, input, 0, half)).toEqual({ state: online, effects: [] });
    }
    const waiting = play(connect, LOST).state;
    for (const input of [{ type: "heard" }, LOST, WELCOME, { type: "draining" }, connect] as PolicyInput[]) {
      expect(transition(waiting, input, 0, half)).toEqual({ state: waiting, effects: [] });
    }
  });
});
