import { describe, expect, it } from "vitest";
import { KeptOutput } from "./kept-output.ts";

function kept(length: number, ...pieces: string[]): ReturnType<KeptOutput["read"]> {
  const output = new KeptOutput(length);
  for (const piece of pieces) output.add(piece);
  return output.read();
}

describe("KeptOutput", () => {
  it("keeps all of what is short", () => {
    expect(kept(9)).toEqual({ text: "", truncated: false });
    expect(kept(9, "abc", "def", "ghi")).toEqual({ text: "abcdefghi", truncated: false });
  });

  it("keeps the first third and the last parts of what is long, and says what is missing", () => {
    const text = "abc\n\n[… 1 characters left out …]\n\nefghij";
    expect(kept(9, "abcdefghij")).toEqual({ text, truncated: true });
    expect(kept(9, ..."abcdefghij")).toEqual({ text, truncated: true });
    expect(kept(9, "abc", ...Array.from({ length: 1_000 }, () => "x"), "efghij").text).toBe(
      text.replace("… 1 ", "… 1000 "),
    );
  });

  it("splits no character in two", () => {
    expect(kept(6, "a😀bcdef😀").text).toBe("a\n\n[… 4 characters left out …]\n\nef😀");
    expect(kept(6, "abcdef😀ghi").text).toBe("ab\n\n[… 5 characters left out …]\n\nghi");
  });

  it("holds no more than twice what it keeps", () => {
    const output = new KeptOutput(30);
    for (let at = 0; at < 100_000; at++) output.add("0123456789");
    expect(output.read().text.length).toBeLessThan(100);
  });
});
