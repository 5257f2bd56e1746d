import { StoreError } from "@millrace/store";
import { describe, expect, it } from "vitest";
import { StorageHealth } from "./storage-health.ts";

const MIB = 1024 * 1024;
const limits = { slow_commit_ms: 2_000, lost_commit_ms: 30_000, slow_window_ms: 10_000, free_bytes: 64 * MIB };

function given() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  const health = new StorageHealth({ limits, now: () => now, after });
  const heard: string[] = [];
  health.onChange((state) => heard.push(state));
  health.onLost(() => heard.push("lost"));
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 1_000) {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter((timer) => !due.includes(timer));
      for (const { run } of due) run();
    }
  };
  return { health, heard, pass, timers: () => timers.length };
}

describe("StorageHealth", () => {
  it("R5: a commit under way for 2 s is slow, for 30 s given up; when it ends the storage is slow until that is long ago", () => {
    const { health, heard, pass, timers } = given();
    const ended = health.begin();
    expect([health.busy, health.refusal]).toEqual([true, null]);
    pass(3_000);
    expect(heard).toEqual(["slow"]);
    expect(health.refusal).toContain("slow");
    pass(28_000);
    expect(heard).toEqual(["slow", "unavailable", "lost"]);
    expect(health.refusal).toContain("does not answer");
    ended();
    expect([heard.at(-1), health.busy, timers()]).toEqual(["slow", false, 0]);
    pass(10_000);
    health.look(100 * MIB);
    expect([heard.at(-1), health.refusal]).toEqual(["ok", null]);
  });

  it("R5: quick commits change nothing, and leave no timer", () => {
    const { health, heard, timers } = given();
    for (let round = 0; round < 5; round += 1) health.begin()();
    expect([heard, timers()]).toEqual([[], 0]);
  });

  it("R6: a commit that finds the disk full says so until one is stored; messages may try", () => {
    const { health, heard } = given();
    health.begin()(new StoreError("full", "The disk is full."));
    expect([heard, health.refusal]).toEqual([["full"], null]);
    health.begin()(new StoreError("unavailable", "The store failed."));
    health.begin()();
    expect(heard).toEqual(["full", "unavailable", "ok"]);
  });

  it("R6: below 64 MiB new messages are refused, until there is room", () => {
    const { health, heard } = given();
    health.look(63 * MIB);
    expect([heard, health.refusal]).toEqual([["full"], expect.stringContaining("almost full")]);
    health.look(64 * MIB);
    expect([heard, health.refusal]).toEqual([["full", "ok"], null]);
  });
});
