import { describe, expect, it } from "vitest";
import { loadGptTokens, roughTokens } from "./tokens.ts";

const ENGLISH = "The harbour was quiet when the first boats came back with their catch. ";
const CHINESE = "港口很安静，第一批渔船带着收获回来了，人们在岸边等着。";

describe("an estimate of tokens", () => {
  it("takes four letters for a token, and a Chinese sign for one", () => {
    expect(roughTokens("abcdefgh")).toBe(2);
    expect(roughTokens("你好世界")).toBe(4);
    expect(roughTokens("")).toBe(0);
  });

  it("looks at a long text in places, and is as long as the text", () => {
    expect(roughTokens("abcd".repeat(100_000))).toBe(100_000);
    const mixed = ENGLISH.repeat(1_000) + CHINESE.repeat(1_000);
    const whole = (ENGLISH.length * 1_000) / 4 + CHINESE.length * 1_000;
    expect(roughTokens(mixed) / whole).toBeGreaterThan(0.8);
    expect(roughTokens(mixed) / whole).toBeLessThan(1.2);
  });

  it.each([
    ["English", ENGLISH, 0.7, 1.4],
    ["Chinese", CHINESE, 0.9, 1.8],
  ])("of %s is near what the tokenizer counts", async (_, text, least, most) => {
    const count = await loadGptTokens();
    const ratio = roughTokens(text.repeat(20)) / count(text.repeat(20));
    expect(ratio).toBeGreaterThan(least);
    expect(ratio).toBeLessThan(most);
  });
});

describe("the tokenizer", () => {
  it("counts words", async () => {
    const count = await loadGptTokens();
    expect(count("hello world")).toBe(2);
    expect(count("")).toBe(0);
  });

  it("takes what looks like a control token for text, and half of a pair for anything", async () => {
    const count = await loadGptTokens();
    expect(count("<|endoftext|>")).toBeGreaterThan(1);
    expect(count("\ud83d")).toBeGreaterThan(0);
  });

  it("looks at a bounded part of a long text: one word of a million letters too", async () => {
    const count = await loadGptTokens();
    const tokens = count("a".repeat(1_000_000));
    expect(tokens).toBeGreaterThan(100_000);
    expect(tokens).toBeLessThan(300_000);
  });
});
