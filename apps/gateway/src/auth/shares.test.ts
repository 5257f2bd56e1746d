import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Principal } from "./principal.ts";
import { Shares } from "./shares.ts";

let now = 0;
let shares: Shares;
const ann = new Principal({ user_id: "ann", via: "oidc" });
const ben = new Principal({ user_id: "ben", via: "sign_in" });
const local = new Principal({ user_id: "local", via: "local" });

beforeEach(() => {
  now = 0;
  const limits = {
    ...DEFAULT_LIMITS,
    user_requests_per_minute: 60,
    user_request_burst: 3,
    user_connections: 2,
    user_streams: 2,
    user_runs: 2,
  };
  shares = new Shares(limits, () => now);
});

describe("what a user may have", () => {
  it("T7: so many requests a minute, and so many at once, each user for themselves", () => {
    expect([1, 2, 3].map(() => shares.request(ann))).toEqual([0, 0, 0]);
    expect(shares.request(ann)).toBe(1_000);
    expect(shares.request(ben)).toBe(0);
    now = 1_000;
    expect(shares.request(ann)).toBe(0);
    for (let asked = 0; asked < 100; asked += 1) expect(shares.request(local)).toBe(0);
  });

  it("T7 B19: whoever may only read takes nothing from the one whose sessions they are", () => {
    const reader = new Principal({ user_id: "ann", via: "oidc", scope: "read" });
    for (let asked = 0; asked < 4; asked += 1) shares.request(reader);
    expect(shares.request(ann)).toBe(0);
    for (let opened = 0; opened < 2; opened += 1) {
      shares.socket(reader);
      shares.stream(reader);
    }
    expect(shares.socket(reader)).toBeNull();
    expect(shares.socket(ann)).not.toBeNull();
    expect(() => shares.stream(reader)).toThrow();
    expect(() => shares.stream(ann)).not.toThrow();
  });

  it("T7: the rates of at most 10,000 users are held", () => {
    for (let asked = 0; asked < 4; asked += 1) shares.request(ann);
    for (let user = 0; user < 10_000; user += 1) shares.request(new Principal({ user_id: `u${user}`, via: "oidc" }));
    expect(shares.request(ann)).toBe(0);
  });

  it("B19: so many sockets; one that is closed makes room, once", () => {
    const first = shares.socket(ann);
    expect(shares.socket(ann)).not.toBeNull();
    expect(shares.socket(ann)).toBeNull();
    expect(shares.socket(ben)).not.toBeNull();
    first?.();
    first?.();
    expect(shares.socket(ann)).not.toBeNull();
    expect(shares.socket(ann)).toBeNull();
    for (let opened = 0; opened < 10; opened += 1) expect(shares.socket(local)).not.toBeNull();
  });

  it("B87: so many streams, in local mode too", () => {
    for (const principal of [ann, local]) {
      const back = shares.stream(principal);
      shares.stream(principal);
      expect(() => shares.stream(principal)).toThrow(expect.objectContaining({ code: "subscription_limit" }));
      back();
      shares.stream(principal);
    }
  });

  it("T30: so many runs; a message for an open one begins none", () => {
    const [first, second, third] = [{ running: false }, { running: false }, { running: false }];
    for (const session of [first, second]) {
      shares.run(ann, session);
      session.running = true;
    }
    shares.run(ann, first);
    expect(() => shares.run(ann, third)).toThrow(expect.objectContaining({ code: "run_limit" }));
    shares.run(ben, third);
    first.running = false;
    shares.run(ann, third);
  });
});
