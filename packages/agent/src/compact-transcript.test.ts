import { describe, expect, it } from "vitest";
import { transcript } from "./compact-transcript.ts";
import { sized } from "./testing/sized.ts";
import { roughTokens } from "./tokens.ts";

describe("a transcript", () => {
  it("says who said what, and which call a result is of", () => {
    const text = transcript(sized("u1", "c1", "t1"), 100);
    expect(text).toBe("[user]\nxxxx\n\n[assistant]\nxxxx\n[call c1 of echo]\n{}\n\n[result of c1]\nxxxx");
  });

  it("cuts the longest messages in their middle until all fit", () => {
    const text = transcript(sized("u50", "c50", "t5000", "u50"), 600);
    expect(roughTokens(text)).toBeLessThan(650);
    expect(roughTokens(text)).toBeGreaterThan(450);
    expect(text).toMatch(/x\n\[… \d+ characters left out …\]\nx/);
    expect(text.match(/left out/g)).toHaveLength(1);
  });

  it("leaves out the oldest messages where there are too many", () => {
    const many = Array.from({ length: 1_000 }, () => "u100" as const);
    const text = transcript(sized(...many), 300);
    expect(text).toContain("[990 earlier messages left out]");
    expect(roughTokens(text)).toBeLessThan(450);
  });

  it("splits no pair of code units", () => {
    const [message] = sized("u900");
    const emoji = { ...message!, message: { role: "user", content: "😀".repeat(1_800) } as const };
    expect(transcript([emoji], 101).isWellFormed()).toBe(true);
    expect(transcript([emoji], 102)).not.toContain("\ufffd");
  });
});
