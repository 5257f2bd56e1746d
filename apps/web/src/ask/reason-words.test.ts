import { expect, it } from "vitest";
import { isOrdinary, reasonWords } from "./reason-words.ts";

const say = (key: string) => `<${key}>`;

it("says the gateway's own sentences in the reader's language, and leaves all others as they are", () => {
  expect(reasonWords("No rule allows this.", say)).toBe("<no_rule>");
  const both = "Private data was read. It cannot be told for sure what this call would do.";
  expect(reasonWords(both, say)).toBe("Private data was read. <unsure>");
  expect(reasonWords("A rule says to ask: bash *.", say)).toBe("A rule says to ask: bash *.");
});

it("takes for ordinary only what nobody has allowed yet", () => {
  expect(isOrdinary("No rule allows this.")).toBe(true);
  expect(isOrdinary("It cannot be told for sure what this call would do. No rule allows this.")).toBe(false);
  expect(isOrdinary("")).toBe(false);
});
