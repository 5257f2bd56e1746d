import { describe, expect, it } from "vitest";
import { bytes, floodText, numberedFlood, pieces, reasoning, reply, text } from "./script.ts";

const MIXED = "a😀b🇩🇪é漢字👨‍👩‍👧 end";

describe("pieces", () => {
  it("never splits a surrogate pair, at any size, and add up to the text", () => {
    for (let size = 1; size <= MIXED.length + 1; size += 1) {
      const parts = pieces(MIXED, size);
      expect(parts.join("")).toBe(MIXED);
      expect(parts.every((part) => part.isWellFormed())).toBe(true);
      expect(parts.every((part) => part.length <= size + 1)).toBe(true);
    }
  });

  it("keeps a lone surrogate as it is and makes nothing of an empty text", () => {
    expect(pieces("a\ud83db", 1)).toEqual(["a", "\ud83d", "b"]);
    expect(pieces("", 3)).toEqual([]);
  });
});

describe("builders", () => {
  it("put the wait before each piece", () => {
    expect(text("abcd", { size: 2, pace_ms: 5 })).toEqual([
      { delay_ms: 5 },
      { text: "ab" },
      { delay_ms: 5 },
      { text: "cd" },
    ]);
  });

  it("reason before they answer", () => {
    expect(reply("yes", { reasoning: "hm" })).toEqual([
      { reasoning: "hm", field: "reasoning_content" },
      { text: "yes" },
    ]);
    expect(reasoning("hm", { field: "reasoning" })).toEqual([{ reasoning: "hm", field: "reasoning" }]);
  });

  it("cut bytes anywhere, also inside a character (F65)", () => {
    const parts = bytes("é😀", { size: 1 }).map((action) => ("raw" in action ? action.raw : ""));
    expect(parts).toHaveLength(6);
    expect(Buffer.concat(parts as Uint8Array[]).toString("utf8")).toBe("é😀");
  });
});

describe("numberedFlood", () => {
  it("says every number once, in order, however it is cut into chunks", () => {
    for (const perChunk of [1, 3, 7, 100]) {
      const said = [...numberedFlood({ count: 50, perChunk })].map((action) => ("text" in action ? action.text : ""));
      expect(said).toHaveLength(Math.ceil(50 / perChunk));
      expect(said.join("")).toBe(floodText({ count: 50 }));
    }
    expect(floodText({ count: 2, from: 9 })).toBe("⟦000009⟧⟦000010⟧");
  });

  it("can be played again", () => {
    const flood = numberedFlood({ count: 2, pace_ms: 1 });
    expect([...flood]).toEqual([...flood]);
    expect([...flood]).toHaveLength(4);
  });
});
