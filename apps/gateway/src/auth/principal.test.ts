import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authorize, Denial } from "./authorize.ts";
import { Principal } from "./principal.ts";

const DAY = 24 * 60 * 60 * 1_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const until = (expires_at: number | null) => new Principal({ user_id: "u", via: "oidc", expires_at }, Date.now);

describe("a principal", () => {
  it("T11: ends at its time, by the clock and not only by a timer", () => {
    const principal = until(Date.now() + 1_000);
    const ends: string[] = [];
    principal.onEnd((end) => ends.push(end));
    vi.advanceTimersByTime(999);
    expect([principal.ended, ends]).toEqual([null, []]);
    vi.advanceTimersByTime(1);
    expect([principal.ended, ends]).toEqual(["expired", ["expired"]]);
    const asleep = until(Date.now() + 1_000);
    vi.setSystemTime(Date.now() + 1_000);
    expect(asleep.ended).toBe("expired");
  });

  it("T11: a time beyond what a timer can hold is not reached early, and is reached", () => {
    const principal = until(Date.now() + 60 * DAY);
    const ends: string[] = [];
    principal.onEnd((end) => ends.push(end));
    vi.advanceTimersByTime(59 * DAY);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(DAY);
    expect(ends).toEqual(["expired"]);
  });

  it("T11: revoked is revoked, once and for all, also for who listens later", () => {
    const principal = until(Date.now() + 1_000);
    const ends: string[] = [];
    principal.onEnd((end) => ends.push(`a ${end}`));
    principal.onEnd((end) => ends.push(`b ${end}`))();
    principal.revoke();
    principal.revoke();
    vi.advanceTimersByTime(2_000);
    principal.onEnd((end) => ends.push(`c ${end}`));
    expect([ends, principal.ended]).toEqual([["a revoked", "c revoked"], "revoked"]);
  });

  it("keeps no timer for nobody", () => {
    const undo = until(Date.now() + 1_000).onEnd(() => {});
    expect(vi.getTimerCount()).toBe(1);
    undo();
    expect(vi.getTimerCount()).toBe(0);
    until(null).onEnd(() => {});
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("authorize", () => {
  const mine = { user_id: "u" };
  const foreign = { user_id: "v" };
  const full = new Principal({ user_id: "u", via: "token" });
  const reader = new Principal({ user_id: "u", via: "token", scope: "read" });
  const refusal = (...given: Parameters<typeof authorize>): unknown => {
    try {
      authorize(...given);
      return null;
    } catch (error) {
      if (!(error instanceof Denial)) throw error;
      return [error.code, error.reason, error.action];
    }
  };

  it("T10: the owner may everything, nobody else anything", () => {
    for (const action of ["read", "subscribe", "send", "stop", "respond", "delete_session"] as const) {
      expect(refusal(full, action, mine)).toBe(null);
      expect(refusal(full, action, foreign)).toEqual(["not_found", "foreign", action]);
      expect(refusal(reader, action, foreign)).toEqual(["not_found", "foreign", action]);
    }
  });

  it("B58: who may only read changes nothing", () => {
    for (const action of ["read", "subscribe", "unsubscribe", "ping"] as const)
      expect(refusal(reader, action, mine)).toBe(null);
    for (const action of ["send", "stop", "respond", "create_session", "change", "update_session"] as const)
      expect(refusal(reader, action, null)).toEqual(["forbidden", "read_only", action]);
  });

  it("T11 T13: nobody may anything whose time is over", () => {
    const revoked = new Principal({ user_id: "u", via: "sign_in" });
    revoked.revoke();
    expect(refusal(revoked, "ping", null)).toEqual(["forbidden", "revoked", "ping"]);
    expect(refusal(until(Date.now()), "read", mine)).toEqual(["forbidden", "expired", "read"]);
  });
});
