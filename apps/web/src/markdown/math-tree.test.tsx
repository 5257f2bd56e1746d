import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { mathTree } from "./math-tree.ts";

const drawn = (tex: string) => renderToStaticMarkup(mathTree(tex, false));

describe("T15 formulas", () => {
  it("are MathML", () => {
    expect(drawn("\\frac{a}{b}")).toMatch(/^<math><mfrac.*<\/mfrac><\/math>$/);
    expect(drawn("\\color{red}{x}")).toContain("color");
  });

  it.each([
    "\\href{javascript:alert(1)}{x}",
    "\\href{https://evil.example}{x}",
    "\\url{https://evil.example}",
    "\\includegraphics{https://evil.example/a.png}",
    "\\class{x}{y}",
    "\\id{composer}{y}",
    "\\style{background:url(https://evil.example)}{y}",
    "\\data{x=y}{z}",
    "\\color{url(https://evil.example)}{x}",
  ])("carry no address, name or style of the text's own: %s", (tex) => {
    const tags = (drawn(tex).match(/<[^>]*>/g) ?? []).join("");
    expect(tags).not.toMatch(/href|src|evil|composer|\sid=|data-|url\(/);
    expect(tags).not.toMatch(/class="(?!tml-)/);
  });

  it("is nothing where it is not TeX, or endless", () => {
    expect(mathTree("\\frac{a}", false)).toBeNull();
    expect(mathTree("\\def\\a{\\a\\a}\\a", false)).toBeNull();
    expect(mathTree(`${"{".repeat(3_000)}${"}".repeat(3_000)}`, false)).not.toBe("");
  });
});
