import { describe, expect, it } from "vitest";
import type { Verdict } from "./fault.ts";
import { type Result, resultJson, resultLines } from "./result.ts";

const result = (verdicts: readonly Verdict[] = [], failures: readonly string[] = []): Result => ({
  ...{ url: "http://a.test", model: "m", seed: 7, messages: 20, sessions: 4, frames: 12_345, disconnects: 678 },
  ...{ cuts: { frames: 678 }, took_ms: 20_340, failures },
  faults: verdicts.map((verdict, at) => ({ verdict, message: `reader ${at}: what` })),
});

describe("the result of a verification", () => {
  it("is one line and how to repeat it", () => {
    expect(resultLines(result(), "millrace verify --seed 7")).toEqual([
      "12,345 frames, 678 disconnects: lost 0, doubled 0, gaps 0, ghosts 0, conflicts 0, run twice 0, wrong ends 0, text equal",
      "seed 7, 20.3 s; the same again: millrace verify --seed 7",
    ]);
  });

  it("counts and names what is wrong", () => {
    const lines = resultLines(result(["LOST", "LOST", "TEXT"], ["no key", "no key"]), "again");
    expect(lines[0]).toContain("lost 2, doubled 0,");
    expect(lines[0]).toContain("text differs");
    expect(lines.slice(1, -1)).toEqual([
      "  LOST reader 0: what",
      "  LOST reader 1: what",
      "  TEXT reader 2: what",
      "  a run failed: no key",
    ]);
    expect(resultLines(result(Array(25).fill("GAP")), "again")).toContain("  and 5 more");
  });

  it("is one line of JSON for machines", () => {
    expect(JSON.parse(resultJson(result()))).toMatchObject({ ok: true, seed: 7, counts: { lost: 0, run_twice: 0 } });
    expect(JSON.parse(resultJson(result(["DUP"])))).toMatchObject({
      ok: false,
      counts: { doubled: 1 },
      faults: [{ verdict: "DUP" }],
    });
  });
});
