import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Principal } from "./principal.ts";
import { Revocations } from "./revocations.ts";

let data_dir = "";
let now = 1_000_000;
beforeEach(() => {
  vi.useFakeTimers();
  data_dir = mkdtempSync(join(tmpdir(), "millrace-revocations-"));
  now = 1_000_000;
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(data_dir, { recursive: true, force: true });
});

const write = (content: unknown): void =>
  writeFileSync(
    join(data_dir, "revocations.json"),
    typeof content === "string" ? content : JSON.stringify({ version: 1, revoked: content }),
  );
const open = (): Revocations =>
  new Revocations({ issuer: "https://id.test", data_dir, now: () => now, log: pino({ level: "silent" }) });
const ALICE = "https://id.test#alice";
const pass = (ms: number): void => {
  now += ms;
  vi.advanceTimersByTime(ms);
};

describe("Revocations", () => {
  it("T11: takes back what was issued up to the moment, or nobody knows when; later tokens are good", () => {
    write({ alice: "1970-01-01T00:10:00Z" });
    const revocations = open();
    expect([599_000, 600_000, 600_001, null].map((issued) => revocations.has(ALICE, issued))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    for (const user_id of ["alice", "https://id.test#bob", "https://other.test#alice", "local", "__proto__"])
      expect(revocations.has(user_id, 0)).toBe(false);
  });

  it("T11: ends somebody who is connected within two seconds of the change, and nobody else", () => {
    const revocations = open();
    const made = (user_id: string, issued_at: number): string[] => {
      const ends: string[] = [];
      const fields = { user_id, via: "oidc", issued_at, expires_at: now + 60_000 } as const;
      new Principal(fields, () => now, revocations).onEnd((end) => ends.push(end));
      return ends;
    };
    const [old, fresh, other] = [made(ALICE, 500_000), made(ALICE, 700_000), made("https://id.test#bob", 500_000)];
    write({ alice: "1970-01-01T00:10:00Z" });
    pass(2_000);
    expect([old, fresh, other]).toEqual([["revoked"], [], []]);
    pass(60_000);
    expect([old, fresh, other]).toEqual([["revoked"], ["expired"], ["expired"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("looks at nothing while nobody waits for it, and leaves no timer behind", () => {
    const revocations = open();
    const principal = new Principal({ user_id: ALICE, via: "oidc", issued_at: 0 }, () => now, revocations);
    expect(vi.getTimerCount()).toBe(0);
    const undo = [principal.onEnd(() => {}), principal.onEnd(() => {})];
    expect(vi.getTimerCount()).toBe(1);
    for (const each of undo) each();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops the start where the list cannot be read, and keeps what it held where that happens later", () => {
    for (const content of ["{", '{"version":2,"revoked":{}}', '{"version":1,"revoked":{"alice":"yesterday"}}']) {
      write(content);
      expect(open).toThrow(/revocations\.json is not a list of revocations/);
    }
    write({ alice: "1970-01-01T00:10:00Z" });
    const revocations = open();
    write("{ half");
    pass(2_000);
    expect(revocations.has(ALICE, 0)).toBe(true);
    rmSync(join(data_dir, "revocations.json"));
    pass(2_000);
    expect(revocations.has(ALICE, 0)).toBe(false);
  });
});
