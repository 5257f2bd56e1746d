import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editExcerpt } from "./edit-excerpt.ts";
import { replaceOnce } from "./text-edit.ts";

describe("replaceOnce", () => {
  it("replaces the one place", () => {
    expect(replaceOnce("a b c", "b", "B")).toEqual({ text: "a B c", at: 2, old: "b", new: "B" });
    expect(replaceOnce("a $& c", "$&", "$1").text).toBe("a $1 c");
    expect(replaceOnce("a\nb\n", "b\n", "").text).toBe("a\n");
  });

  it("says how often a passage occurs that is not the only one, overlapping ones too", () => {
    expect(() => replaceOnce("x\nx\nx", "x", "y")).toThrow("occurs 3 times");
    expect(() => replaceOnce("aaa", "aa", "b")).toThrow("occurs 2 times");
  });

  it("says that a passage does not occur, and where it does with other whitespace", () => {
    expect(() => replaceOnce("a\nb", "c", "d")).toThrow("Read it again");
    expect(() => replaceOnce("x\n\tif (a) {\n\t\tb();\n", "if (a) {\n    b();", "c")).toThrow("from line 2 on");
    expect(() => replaceOnce("a\nb", " \n", "d")).toThrow("Read it again");
  });

  it("takes no change for a failure", () => {
    expect(() => replaceOnce("a", "a", "a")).toThrow("nothing would change");
    expect(() => replaceOnce("a\r\nb\r\n", "a\nb", "a\r\nb")).toThrow("nothing would change");
  });

  it("keeps CRLF where every line has it, and touches nothing where they are mixed", () => {
    expect(replaceOnce("a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz").text).toBe("x\r\ny\r\nz\r\nc\r\n");
    expect(replaceOnce("a\r\nb\r\n", "a\r\n", "x\r\ny\r\n").text).toBe("x\r\ny\r\nb\r\n");
    expect(replaceOnce("a\r\nb\nc", "b\nc", "x\ny").text).toBe("a\r\nx\ny");
    expect(() => replaceOnce("a\r\nb\nc", "a\nb", "x")).toThrow("from line 1 on");
  });

  it("changes the passage and nothing around it", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b", "\n", " ", "😀"), maxLength: 12 });
    const property = fc.property(piece, piece, piece, (before, after, replacement) => {
      const edit = replaceOnce(`${before}<!>${after}`, "<!>", replacement);
      expect(edit.text).toBe(before + replacement + after);
    });
    fc.assert(property);
  });

  it("of a large text and a passage that is nearly everywhere takes no time (T33)", () => {
    const began = performance.now();
    expect(() => replaceOnce("ab\t".repeat(300_000), `${"ab ".repeat(1000)}c`, "")).toThrow("Read it again");
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("the excerpt of an edit", () => {
  const of = (text: string, old: string, replacement: string): string =>
    editExcerpt(text, replaceOnce(text, old, replacement));

  it("shows the lines that changed, and three around them", () => {
    const text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    expect(of(text, "5", "five\nfünf")).toBe("@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+fünf\n 6\n 7\n 8");
    expect(of(text, "1\n2", "x")).toBe("@@ -1,5 +1,4 @@\n-1\n-2\n+x\n 3\n 4\n 5");
    expect(of("a\nb", "b", "c")).toBe("@@ -1,2 +1,2 @@\n a\n-b\n+c");
  });

  it("cuts long lines and long passages", () => {
    expect(of("x", "x", "y".repeat(5000)).length).toBeLessThan(300);
    const long = of("x", "x", Array.from({ length: 500 }, (_, at) => `${at}`).join("\n"));
    expect(long).toContain("+… 460 more lines");
    expect(long.split("\n").length).toBeLessThan(50);
  });
});
