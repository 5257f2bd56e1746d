import fc from "fast-check";
import { expect, it } from "vitest";
import { names } from "./tool-names.ts";

it.each([
  ["bash", "bash", true],
  ["bash", "bash2", false],
  ["files__*", "files__read", true],
  ["files__*", "files__", true],
  ["files__*", "files_read", false],
  ["*__read", "files__read", true],
  ["*", "", true],
  ["a*a", "a", false],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "aXcYb", false],
  ["*ab", "abab", true],
  ["(.*)", "x", false],
])("%s names %s: %s", (pattern, name, expected) => {
  expect(names([pattern], name)).toBe(expected);
  expect(names(["other", pattern], name)).toBe(expected);
  expect(names([], name)).toBe(false);
});

it("matches as the regular expression would", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*]{0,8}$/), fc.stringMatching(/^[ab]{0,10}$/), (pattern, name) => {
      expect(names([pattern], name)).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name));
    }),
    { numRuns: 1_000 },
  );
});
