import { describe, expect, it } from "vitest";
import { PRUNED } from "./messages.ts";
import { planPrune } from "./prune.ts";
import { sized } from "./testing/sized.ts";
import { roughTokens } from "./tokens.ts";

describe("a plan to prune", () => {
  const messages = sized("u10", "c10", "t500", "c10", "t500", "c10", "t500", "c10", "t500");

  it("CTX-2: leaves out the oldest outputs and keeps the latest", () => {
    expect(planPrune(messages, { keep: 1_000, worth: 100 })).toEqual({
      type: "prune",
      tool_call_ids: ["c1", "c2"],
      estimated_tokens_saved: 2 * (500 - roughTokens(PRUNED)),
    });
  });

  it("never leaves out what the model has not answered yet", () => {
    expect(planPrune(messages, { keep: 0, worth: 100 })?.tool_call_ids).toEqual(["c1", "c2", "c3"]);
    expect(planPrune(sized("u10", "c10", "t500", "t500"), { keep: 0, worth: 100 })).toBeNull();
  });

  it("gives nothing where it would save too little, or nothing at all", () => {
    expect(planPrune(messages, { keep: 1_000, worth: 1_000 })).toBeNull();
    expect(planPrune(sized("u900", "a900", "u900", "a9"), { keep: 0, worth: 1 })).toBeNull();
  });

  it("lets short outputs be: a note in their place is as long", () => {
    expect(planPrune(sized("u10", "c10", "t12", "c10", "t9"), { keep: 0, worth: 0 })?.tool_call_ids).toEqual([]);
  });
});
