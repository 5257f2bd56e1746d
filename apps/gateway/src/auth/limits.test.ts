import { describe, expect, it } from "vitest";
import { isLoopback, limitKey, plain } from "./address.ts";
import { GuessLimit } from "./guess-limit.ts";
import { SignInLimit } from "./sign-in-limit.ts";
import { WindowCounter } from "./window-counter.ts";

let now = 0;
const clock = (): number => now;

describe("WindowCounter", () => {
  it("B19: so many within the window, then one more for each that leaves it", () => {
    now = 1_000;
    const counter = new WindowCounter(2, 10_000, clock);
    counter.add("a");
    now += 4_000;
    counter.add("a");
    expect([counter.wait("a"), counter.wait("b")]).toEqual([6_000, 0]);
    now += 5_999;
    expect(counter.wait("a")).toBe(1);
    now += 1;
    expect(counter.wait("a")).toBe(0);
    counter.add("a");
    expect(counter.wait("a")).toBe(4_000);
    counter.remove("a");
    expect(counter.wait("a")).toBe(0);
  });

  it("T7: holds no more keys than it may, and forgets the one that is used least", () => {
    const counter = new WindowCounter(1, 10_000, clock, 2);
    for (const key of ["a", "b", "a", "c"]) counter.add(key);
    expect(["a", "b", "c"].map((key) => counter.wait(key) > 0)).toEqual([true, false, true]);
  });

  it("a clock that was set back keeps nobody out for longer than the window from then", () => {
    now = 1_000_000;
    const counter = new WindowCounter(1, 10_000, clock);
    counter.add("a");
    now -= 500_000;
    counter.add("b");
    now += 10_000;
    expect(counter.wait("b")).toBe(0);
  });
});

describe("GuessLimit", () => {
  it("T6: five a minute from one address and from all, and the wait until the next", () => {
    now = 0;
    const limit = new GuessLimit(5, clock);
    for (let tried = 0; tried < 5; tried++) {
      expect(limit.wait("10.0.0.1")).toBe(0);
      limit.failed("10.0.0.1");
      now += 1_000;
    }
    expect([limit.wait("10.0.0.1"), limit.wait("10.0.0.2")]).toEqual([55_000, 55_000]);
    now = 60_000;
    expect(limit.wait("10.0.0.2")).toBe(0);
    limit.failed("10.0.0.2");
    expect(limit.wait("10.0.0.1")).toBe(1_000);
  });

  it("T6: an address whose token was right has a share of its own, and no more than that", () => {
    now = 0;
    const limit = new GuessLimit(5, clock);
    limit.succeeded("10.0.0.1");
    for (let tried = 0; tried < 5; tried++) limit.failed(`10.0.1.${tried}`);
    expect([limit.wait("10.0.0.1"), limit.wait("10.0.0.2")]).toEqual([0, 60_000]);
    for (let tried = 0; tried < 5; tried++) limit.failed("10.0.0.1");
    expect(limit.wait("10.0.0.1")).toBe(60_000);
  });
});

describe("SignInLimit", () => {
  const ann = { user_id: "ann", scope: "full" };
  const watcher = { user_id: "ann", scope: "read" };

  it("T7: an address counts while it is not known who it is, then the user does", () => {
    now = 0;
    const limit = new SignInLimit(2, clock);
    for (let tried = 0; tried < 2; tried++) expect(limit.knock("10.0.0.1")).toBe(0);
    expect([limit.knock("10.0.0.1"), limit.knock("10.0.0.2")]).toEqual([60_000, 0]);
    expect(limit.known("10.0.0.2", ann)).toBe(0);
    now = 1_000;
    expect([limit.knock("10.0.0.3"), limit.known("10.0.0.3", ann)]).toEqual([0, 0]);
    expect([limit.knock("10.0.0.3"), limit.known("10.0.0.3", ann)]).toEqual([0, 59_000]);
    now = 60_000;
    expect([limit.knock("10.0.0.1"), limit.known("10.0.0.1", ann)]).toEqual([0, 0]);
  });

  it("T7 T11: who knows one token keeps nobody else out, from the same address or not", () => {
    now = 0;
    const limit = new SignInLimit(2, clock);
    for (let tried = 0; tried < 100; tried++) {
      expect(limit.knock("10.0.0.1")).toBe(0);
      limit.known("10.0.0.1", watcher);
    }
    expect(limit.known("10.0.0.1", watcher)).toBe(60_000);
    for (const who of [ann, { user_id: "ben", scope: "full" }])
      expect([limit.knock("10.0.0.1"), limit.known("10.0.0.1", who)]).toEqual([0, 0]);
  });
});

describe("addresses", () => {
  it("T6: limits count an IPv6 network as one", () => {
    expect(limitKey("2001:db8:1:2:3:4:5:6")).toBe(limitKey("2001:db8:1:2::1"));
    expect(limitKey("2001:db8:1:2::1")).not.toBe(limitKey("2001:db8:1:3::1"));
    expect(limitKey("::1")).toBe("0:0:0:0::/64");
    expect(limitKey("127.0.0.1")).toBe("127.0.0.1");
  });

  it("an IPv4 address through an IPv6 listener is that address", () => {
    expect([plain("::ffff:127.0.0.1"), plain("fe80::1%eth0"), plain("::1")]).toEqual(["127.0.0.1", "fe80::1", "::1"]);
  });

  it("B89: loopback is what no other machine reaches", () => {
    for (const host of ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST"])
      expect([host, isLoopback(host)]).toEqual([host, true]);
    for (const host of ["0.0.0.0", "::", "127.evil.com", "127.0.0.1.nip.io", "localhost.evil.com", "10.0.0.1", ""])
      expect([host, isLoopback(host)]).toEqual([host, false]);
  });
});
