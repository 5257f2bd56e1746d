import { REJECT_CODES } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { first } from "./en/first.ts";
import { later } from "./en/later.ts";
import { chooseLanguage, languageOf } from "./language.ts";
import { first as firstZh } from "./zh-CN/first.ts";
import { later as laterZh } from "./zh-CN/later.ts";

function flatten(messages: object, prefix = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  );
}
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe("translations", () => {
  const english = flatten({ ...first, ...later });
  const chinese = new Map(flatten({ ...firstZh, ...laterZh }));

  it("have the same keys in both languages", () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([key]) => key).sort());
  });

  it("fill the same placeholders in both languages", () => {
    for (const [key, text] of english)
      expect([key, placeholders(chinese.get(key)!)]).toEqual([key, placeholders(text)]);
  });

  it("are never empty, and the Chinese ones are Chinese", () => {
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe("");
      if (key !== "empty.other") expect(/\p{Script=Han}|^\{\{|[Tt]okens/u.test(text), key).toBe(true);
    }
  });
});

it("there are words in both languages for every code of the protocol by which a server refuses", () => {
  const codes = Object.keys(REJECT_CODES).sort();
  for (const { reject } of [later, laterZh]) expect(Object.keys(reject).sort()).toEqual(codes);
});

describe("chooseLanguage", () => {
  it("takes the first language it speaks", () => {
    expect(chooseLanguage(["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
    expect(chooseLanguage(["en-GB", "zh"])).toBe("en");
    expect(chooseLanguage(["fr"])).toBe("en");
    expect(chooseLanguage([])).toBe("en");
  });
});

describe("languageOf", () => {
  it("is Chinese where a fifth of the letters are Han", () => {
    expect(languageOf("今天星期几?")).toBe("zh-CN");
    expect(languageOf("把 recordings/ 里的 PCM 录音转成 MP3，手机上要能直接播放。")).toBe("zh-CN");
    expect(languageOf("The word 水 means water")).toBe("en");
    expect(languageOf("123 …")).toBeUndefined();
  });

  it("does not change while more text arrives", () => {
    const start = "word ".repeat(80);
    expect(languageOf(start + "字".repeat(1_000))).toBe(languageOf(start));
  });
});
