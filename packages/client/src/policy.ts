import { mayReconnect } from "@millrace/protocol/fold";
import type { ConnectionState } from "./types.ts";

/** Everything that decides about reconnecting, as data. Times are milliseconds. */
export interface PolicyState {
  readonly shown: ConnectionState;
  /** Attempts since the connection was last stable, the current one included. */
  readonly attempt: number;
  /** When the current socket last gave a sign of life, or was opened. */
  readonly heard_at: number;
  /** How long the current socket may be silent. */
  readonly patience_ms: number;
  /** When what was written and not answered yet has arrived at the latest; null: the server owes us nothing. */
  readonly owed_at: number | null;
  /** When the current socket was asked whether it is alive, and nothing was heard since; null: it was not. */
  readonly asked_at: number | null;
  /** The server said that it will close. */
  readonly draining: boolean;
}

export type PolicyInput =
  | { type: "connect" }
  | { type: "close" }
  /** A person or the network asks: "Try now", `online`, `visibilitychange`. */
  | { type: "retry_now" }
  /** The current socket opened, or brought a frame. */
  | { type: "heard" }
  /** A command of `length` characters was written. */
  | { type: "written"; length: number }
  /** Every command was answered. */
  | { type: "settled" }
  /** Something says that the network is gone: `offline`. */
  | { type: "doubt" }
  | { type: "welcome"; connection_id: string; user: { id: string }; heartbeat_ms: number }
  | { type: "draining" }
  /** The current socket closed or failed. */
  | { type: "closed"; code: number; reason: string }
  /** The timer that the last `wake` set. */
  | { type: "fired" };

type PolicyEffect =
  /** Open a socket in place of the current one. */
  | { type: "open" }
  /** Let go of the current socket, if there is one. */
  | { type: "drop" }
  /** Write a command that the server answers at once. */
  | { type: "ping" }
  /** Send `fired` once, in place of any earlier `wake`; null: never. */
  | { type: "wake"; in_ms: number | null };

export interface Transition {
  readonly state: PolicyState;
  readonly effects: readonly PolicyEffect[];
}

/** A socket that has not welcomed us by then is given up; longer than the server waits for `auth`. */
export const CONNECT_MS = 15_000;
const STABLE_MS = 30_000;
/** A socket that owes an answer and is silent for that long is asked whether it is alive. */
export const QUIET_MS = 2_000;
/** How long it has for that; twice as long with each attempt, so that a line that is only slow is not given up for ever. */
export const ANSWER_MS = 3_000;
/** The slowest line that still counts, in characters per millisecond: what was written needs its time. */
const SLOWEST = 8;
/** A second `retry_now` this soon after an attempt began does not start another. */
const FRESH_MS = 1_000;
const DRAIN_SPREAD_MS = 1_000;

export const IDLE: PolicyState = {
  shown: { state: "idle" },
  attempt: 0,
  heard_at: 0,
  patience_ms: CONNECT_MS,
  owed_at: null,
  asked_at: null,
  draining: false,
};

/** Longest wait before an attempt: 0.25 s, doubled with each, at most 10 s. The wait itself is a random part of it. */
export function backoff(attempt: number): number {
  return Math.min(10_000, 250 * 2 ** (attempt - 1));
}

/** The next state and what to do about it. Pure; an input that does not fit the state changes nothing. */
export function transition(state: PolicyState, input: PolicyInput, now: number, random: () => number): Transition {
  const phase = state.shown.state;
  switch (input.type) {
    case "connect":
      return phase === "idle" || phase === "closed" ? open(1, now) : same(state);
    case "close":
      return { state: IDLE, effects: [{ type: "drop" }, { type: "wake", in_ms: null }] };
    case "retry_now":
      if (phase === "waiting") return open(state.attempt, now);
      if (phase === "connecting" && now - state.heard_at > FRESH_MS) return open(state.attempt, now);
      return phase === "online" ? watchSilence(state, now, random) : same(state);
    case "heard":
      return hasSocket(state) ? same({ ...state, heard_at: now, asked_at: null }) : same(state);
    case "written":
      return phase === "online" ? owe(state, input.length, now) : same(state);
    case "settled":
      return same({ ...state, owed_at: null });
    case "doubt":
      return phase === "online" && state.asked_at === null ? ask(state, now) : same(state);
    case "welcome":
      return phase === "connecting" ? welcome(state, input, now) : same(state);
    case "draining":
      return phase === "online" ? same({ ...state, draining: true }) : same(state);
    case "closed":
      return hasSocket(state) ? lose(state, input.code, input.reason, now, random) : same(state);
    case "fired":
      return phase === "waiting" ? open(state.attempt, now) : watchSilence(state, now, random);
  }
}

function same(state: PolicyState): Transition {
  return { state, effects: [] };
}

function hasSocket(state: PolicyState): boolean {
  return state.shown.state === "connecting" || state.shown.state === "online";
}

function open(attempt: number, now: number): Transition {
  return {
    state: {
      shown: { state: "connecting", attempt },
      attempt,
      heard_at: now,
      patience_ms: CONNECT_MS,
      owed_at: null,
      asked_at: null,
      draining: false,
    },
    effects: [{ type: "open" }, { type: "wake", in_ms: CONNECT_MS }],
  };
}

function welcome(state: PolicyState, input: PolicyInput & { type: "welcome" }, now: number): Transition {
  const { connection_id, user, heartbeat_ms } = input;
  const patience_ms = 2 * heartbeat_ms;
  const shown = { state: "online", since: now, connection_id, user } as const;
  return { state: { ...state, shown, heard_at: now, patience_ms }, effects: [{ type: "wake", in_ms: patience_ms }] };
}

/** The first command that is not answered sets the timer; a further one only adds its way. */
function owe(state: PolicyState, length: number, now: number): Transition {
  const owing = { ...state, owed_at: (state.owed_at ?? now) + Math.ceil(length / SLOWEST) };
  return { state: owing, effects: state.owed_at === null ? [wake(owing, now)] : [] };
}

/** Asks the current socket whether it is alive. */
function ask(state: PolicyState, now: number): Transition {
  const asking = { ...state, asked_at: now };
  return { state: asking, effects: [wake(asking, now), { type: "ping" }] };
}

/** A clock that was set back must not buy the socket more time: it counts as a sign of life now. */
function watchSilence(state: PolicyState, now: number, random: () => number): Transition {
  if (!hasSocket(state)) return same(state);
  if (now >= givenUpAt(state, now)) {
    const lost = lose(state, 1006, "silence", now, random);
    return { ...lost, effects: [{ type: "drop" }, ...lost.effects] };
  }
  const { heard_at, asked_at } = state;
  const kept = { ...state, heard_at: Math.min(heard_at, now), asked_at: asked_at && Math.min(asked_at, now) };
  return now >= doubtedAt(kept) ? ask(kept, now) : { state: kept, effects: [wake(kept, now)] };
}

function wake(state: PolicyState, now: number): PolicyEffect {
  return { type: "wake", in_ms: Math.max(0, Math.min(givenUpAt(state, now), doubtedAt(state)) - now) };
}

/** When silence means that the current socket is dead. */
function givenUpAt(state: PolicyState, now: number): number {
  const silent = state.heard_at + state.patience_ms;
  if (state.asked_at === null) return silent;
  const patience_ms = ANSWER_MS * 2 ** ((isStable(state, now) ? 1 : state.attempt) - 1);
  return Math.min(silent, state.asked_at + patience_ms);
}

/** When silence means that the current socket is to be asked. */
function doubtedAt({ owed_at, asked_at, heard_at }: PolicyState): number {
  return owed_at === null || asked_at !== null ? Number.POSITIVE_INFINITY : Math.max(heard_at, owed_at) + QUIET_MS;
}

function isStable({ shown }: PolicyState, now: number): boolean {
  return shown.state === "online" && now - shown.since >= STABLE_MS;
}

function lose(state: PolicyState, code: number, reason: string, now: number, random: () => number): Transition {
  if (!mayReconnect(code)) {
    return {
      state: { ...IDLE, shown: { state: "closed", code, reason } },
      effects: [{ type: "wake", in_ms: null }],
    };
  }
  const attempt = isStable(state, now) ? 1 : state.attempt + 1;
  const draining = state.draining || code === 1012;
  const in_ms = Math.round(random() * (draining ? Math.max(DRAIN_SPREAD_MS, backoff(attempt)) : backoff(attempt)));
  return {
    state: {
      ...IDLE,
      shown: { state: "waiting", attempt, retry_at: now + in_ms, reason: draining ? "draining" : "lost" },
      attempt,
    },
    effects: [{ type: "wake", in_ms }],
  };
}
