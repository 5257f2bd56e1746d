import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OWNER, Principal } from "../auth/principal.ts";
import type { Verdict } from "../auth/tokens.ts";
import { AuthPhase } from "./auth-phase.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const VALID: Verdict = {
  kind: "valid",
  principal: new Principal({ user_id: OWNER, via: "token" }),
  authority: "token",
};

function given(): { phase: AuthPhase; told: unknown[]; answer: (verdict: Verdict) => Promise<void> } {
  const told: unknown[] = [];
  const asked: ((verdict: Verdict) => void)[] = [];
  const socket = {
    send: () => {},
    buffered: 0,
    ping: () => {},
    terminate: () => {},
    close: (code: number, reason: string) => void told.push(`close ${code} ${reason}`),
  };
  const phase = new AuthPhase(socket, {
    verify: (token) => {
      told.push(`verify ${token}`);
      return new Promise((resolve) => asked.push(resolve));
    },
    auth_ms: 10_000,
    waiting_length: 100,
    admitted: (_verdict, waiting, id) => void told.push(["admitted", ...waiting, id]),
    refused: (why) => void told.push(`refused ${why}`),
  });
  const answer = async (verdict: Verdict): Promise<void> => {
    asked.shift()?.(verdict);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { phase, told, answer };
}

const auth = JSON.stringify({ type: "auth", token: "t", id: "a" });

describe("AuthPhase", () => {
  it("B17: says nothing for ten seconds, then 4101", () => {
    const { told } = given();
    vi.advanceTimersByTime(9_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(["refused timeout", "close 4101 no auth in time"]);
  });

  it("B17: frames that came while the token was checked are handed on in order", async () => {
    const { phase, told, answer } = given();
    phase.receive(auth);
    phase.receive("one");
    phase.receive("two");
    await answer(VALID);
    expect(told).toEqual(["verify t", ["admitted", "one", "two", "a"]]);
    vi.advanceTimersByTime(60_000);
    phase.close(1, "late");
    expect(told).toHaveLength(2);
  });

  it("T7: only so much of them is kept, and a second auth is not checked beside the first", async () => {
    const { phase, told, answer } = given();
    phase.receive(auth);
    phase.receive(auth);
    phase.receive("x".repeat(100));
    await answer(VALID);
    expect(told).toEqual(["verify t", "close 4002 rate limited"]);
  });

  it("B17: the time is over while the token is checked: it stays closed", async () => {
    const { phase, told, answer } = given();
    phase.receive(auth);
    vi.advanceTimersByTime(10_000);
    await answer(VALID);
    expect(told).toEqual(["verify t", "refused timeout", "close 4101 no auth in time"]);
  });

  it.each([
    [{ kind: "invalid" }, "close 4101 unauthorized"],
    [{ kind: "expired" }, "close 4006 token expired"],
    [{ kind: "unavailable" }, "close 4007 the token cannot be checked now"],
    [{ kind: "limited", wait_ms: 41_200 }, "close 4101 too many wrong tokens: wait 42 s"],
  ] as [Verdict, string][])("B16 B17 T6: %o closes", async (verdict, closed) => {
    const { phase, told, answer } = given();
    phase.receive(auth);
    await answer(verdict);
    expect(told).toEqual(["verify t", `refused ${verdict.kind}`, closed]);
  });

  it.each([
    ['{"type":"ping","id":"1"}', 4101],
    ['{"type":"auth"}', 4101],
    ['{"type":"auth","token":["t"]}', 4101],
    [`{"type":"auth","token":"${"t".repeat(16_385)}"}`, 4101],
    [`{"type":"x","a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, 4101],
    ["{", 4100],
    ["[]", 4100],
    ["{}", 4100],
  ])("B39 B56: %s closes with %i and checks nothing", (frame, code) => {
    const { phase, told } = given();
    phase.receive(frame);
    expect(told.at(-1)).toMatch(`close ${code}`);
    expect(JSON.stringify(told)).not.toContain("verify");
  });
});
