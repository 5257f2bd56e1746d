import { describe, expect, it } from "vitest";
import { matchesPattern, PATTERN_LENGTH, SUBJECT_LENGTH } from "./pattern.ts";

describe("matchesPattern", () => {
  it.each([
    ["git status*", "git status", true],
    ["git status*", "git status -s", true],
    ["git status *", "git status", false],
    ["git status", "git status -s", false],
    ["git ?tatus", "git status", true],
    ["*", "", true],
    ["*", "any thing/at\nall", true],
    ["", "", true],
    ["", "a", false],
    ["?", "", false],
    ["a*b*c", "a1b2b3c", true],
    ["a*b*c", "a1b2b3d", false],
    ["**a**", "bab", true],
    ["src/**", "src/a/b.ts", true],
    ["[ab]", "a", false],
    ["[ab]", "[ab]", true],
    ["a.b", "axb", false],
    ["\\*", "\\anything", true],
    ["a{b,c}", "ab", false],
    ["Git", "git", false],
  ])("reads %j, held against %j, as literal but for * and ?", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it("takes ((a+)+)+$ for what it says, and for no regular expression (B62)", () => {
    expect(matchesPattern("((a+)+)+$", "((a+)+)+$")).toBe(true);
    expect(matchesPattern("((a+)+)+$", "a".repeat(SUBJECT_LENGTH))).toBe(false);
  });

  it("refuses what is too long (B62)", () => {
    expect(matchesPattern("*".repeat(PATTERN_LENGTH), "a")).toBe(true);
    expect(matchesPattern("*".repeat(PATTERN_LENGTH + 1), "a")).toBeNull();
    expect(matchesPattern("a*".repeat(5_000), "a")).toBeNull();
    expect(matchesPattern("*", "a".repeat(SUBJECT_LENGTH + 1))).toBeNull();
  });

  it("takes a number of steps within pattern × text, whatever the pattern (B62)", () => {
    let steps = 0;
    const letters = "a".repeat(SUBJECT_LENGTH);
    const counted = {
      length: SUBJECT_LENGTH,
      charCodeAt: (at: number) => {
        steps += 1;
        return letters.charCodeAt(at);
      },
    };
    const text = counted as unknown as string;
    expect(matchesPattern(`${"*a".repeat(127)}*b`, text)).toBe(false);
    // The last star alone goes back.
    expect(steps).toBeLessThan(3 * SUBJECT_LENGTH);
    steps = 0;
    expect(matchesPattern(`*${"a".repeat(PATTERN_LENGTH - 2)}b`, text)).toBe(false);
    expect(steps).toBeGreaterThan(SUBJECT_LENGTH);
    expect(steps).toBeLessThan(PATTERN_LENGTH * SUBJECT_LENGTH);
  });
});
