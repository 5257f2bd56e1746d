import { NO_USAGE } from "@millrace/protocol";
import { describe, expect, it, vi } from "vitest";
import { RunBudget } from "./run-budget.ts";
import { TestLog } from "./testing/test-log.ts";

const going = new AbortController().signal;

describe("RunBudget", () => {
  it("BREAK-1: is one for all parts of a run, whenever they begin", () => {
    const budget = new RunBudget();
    const [turn] = TestLog.begun().view.turns;
    const used = { ...NO_USAGE, total_tokens: 7 };
    budget.spending(undefined, turn!).add(used);
    expect(budget.spending(undefined, { ...turn!, usage: used }).usage).toEqual(used);
  });

  it("BREAK-2: does one thing after another, also after one that failed", async () => {
    const budget = new RunBudget();
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const first = budget.inTurn(async () => {
      await held.promise;
      order.push("first");
      throw new Error("no");
    }, going);
    const second = budget.inTurn(async () => void order.push("second"), going);
    held.resolve();
    await expect(first).rejects.toThrow("no");
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  it("STOP-2: whoever is stopped while another one asks does not wait for the answer, and keeps nobody out of order", async () => {
    const budget = new RunBudget();
    const held = Promise.withResolvers<void>();
    const asking = budget.inTurn(() => held.promise.then(() => "asked"), going);
    const stop = new AbortController();
    const work = vi.fn(async () => "stopped");
    const stopped = budget.inTurn(work, stop.signal);
    const last = vi.fn(async () => "last");
    const after = budget.inTurn(last, going);
    stop.abort();
    expect(await stopped).toBeNull();
    expect(last).not.toHaveBeenCalled();
    held.resolve();
    expect(await asking).toBe("asked");
    expect(await after).toBe("last");
    expect(work).not.toHaveBeenCalled();
  });
});
