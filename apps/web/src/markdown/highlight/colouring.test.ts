import { describe, expect, it, vi } from "vitest";
import { cutLines, NO_LINES } from "../code-lines.ts";
import { Colouring } from "./colouring.ts";
import { grammarOf } from "./grammar-of.ts";
import { INKS } from "./ink.ts";
import { LINE_END } from "./messages.ts";
import { loadTokenizer } from "./tokenizer.ts";

type Send = ConstructorParameters<typeof Colouring>[0];

describe("Colouring", () => {
  it("asks for new lines only, one request at a time", () => {
    const send = vi.fn<Send>();
    const changed = vi.fn();
    const colouring = new Colouring(send);
    colouring.subscribe(changed);
    let lines = cutLines(NO_LINES, "a\nb\nc");
    colouring.update(lines);
    lines = cutLines(lines, "a\nb\ncc\nd");
    colouring.update(lines);
    expect(send.mock.calls).toEqual([[{ lines: ["a", "b"], last: "c" }]]);
    colouring.receive({ job: 0, inks: { lines: `a${LINE_END}${LINE_END}`, last: "b" } });
    expect(changed).toHaveBeenCalledTimes(1);
    expect(send.mock.calls.slice(1)).toEqual([[{ lines: ["cc"], last: "d" }]]);
    colouring.receive({ job: 0, inks: { lines: `c${LINE_END}`, last: "" } });
    colouring.update(lines);
    expect(send).toHaveBeenCalledTimes(2);
    expect(colouring.colours.parts).toEqual([["a", "", "c"]]);
  });

  it("leaves the rest plain where an answer failed", () => {
    const send = vi.fn<Send>();
    const colouring = new Colouring(send);
    colouring.update(cutLines(NO_LINES, "a\nb"));
    colouring.receive({ job: 0, inks: null });
    colouring.update(cutLines(NO_LINES, "a\nb\nc"));
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe("the tokenizer", () => {
  it("carries its state from one request to the next", async () => {
    const tokenizer = await loadTokenizer("typescript");
    const span = (length: number, ink: (typeof INKS)[number]) => String.fromCharCode(length, INKS.indexOf(ink) + 1);
    const first = tokenizer.colour(["const a = `x", "y"], undefined);
    expect(first.spans[0]!.startsWith(span(5, "key"))).toBe(true);
    expect(first.spans[1]).toBe(span(1, "str"));
    expect(tokenizer.colour(["z`; // no"], first.state).spans[0]!.startsWith(span(2, "str"))).toBe(true);
  });

  it("knows languages by the names that people give them, and no others", () => {
    expect(grammarOf("TS")).toBe("typescript");
    expect(grammarOf("sh")).toBe("bash");
    expect(grammarOf("mermaid")).toBeNull();
    expect(grammarOf("__proto__")).toBeNull();
  });
});
