import { REASONS } from "@millrace/protocol";
import { expect, it } from "vitest";
import { ask as english } from "../i18n/en/ask.ts";
import { ask as chinese } from "../i18n/zh-CN/ask.ts";
import { isOrdinary, reasonWords } from "./reason-words.ts";

const say = (key: string) => `<${key}>`;

it("says the gateway's own sentences in the reader's language, and leaves all others as they are", () => {
  expect(reasonWords("No rule allows this.", say)).toBe("<no_rule>");
  const both = "Something else. It cannot be told for sure what this call would do.";
  expect(reasonWords(both, say)).toBe("Something else. <unsure>");
  expect(reasonWords("A rule says to ask: bash *.", say)).toBe("<rule_asks> bash *.");
  expect(reasonWords("A sentence that nobody knows.", say)).toBe("A sentence that nobody knows.");
});

it("takes for ordinary only what nobody has allowed yet", () => {
  expect(isOrdinary("No rule allows this.")).toBe(true);
  expect(isOrdinary("It cannot be told for sure what this call would do. No rule allows this.")).toBe(false);
  expect(isOrdinary("")).toBe(false);
});

it("has words in both languages for every reason that a server gives", () => {
  const keys = Object.keys(REASONS).sort();
  for (const { ask } of [english, chinese]) expect(Object.keys(ask.why).sort()).toEqual(keys);
  for (const [key, sentence] of Object.entries(REASONS)) {
    expect(reasonWords(`x ${sentence} y`, say)).toBe(`x <${key}> y`);
    expect(chinese.ask.why[key as keyof typeof REASONS]).toMatch(/\p{Script=Han}/u);
  }
});

it("takes words as they are, whatever stands in them", () => {
  expect(reasonWords("No rule allows this.", () => "$& costs $1")).toBe("$& costs $1");
});
