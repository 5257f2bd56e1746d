import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { JsonText, prettyJson } from "./json-text.tsx";

const shown = (value: unknown) => renderToStaticMarkup(<JsonText value={value} />);

describe("an event's JSON", () => {
  it("is all there, in its parts", () => {
    const value = { type: "step", "a:b": [1, -2.5e3, true, null], text: 'say "hi": 7', none: {} };
    expect(
      shown(value)
        .replaceAll(/<[^>]*>/g, "")
        .replaceAll("&quot;", '"'),
    ).toBe(JSON.stringify(value, null, 2));
    expect(shown({ n: 7 })).toBe(
      '<span>{\n  </span><span class="j-key">&quot;n&quot;</span><span>: </span><span class="j-num">7</span><span>\n}</span>',
    );
  });

  it("T16: shows what would hide or turn around, and runs nothing", () => {
    expect(prettyJson({ a: "x\u202egpj.exe\u200b\ufeff" })).toContain("x\\u202egpj.exe\\u200b\\ufeff");
    expect(shown({ a: "<img src=x onerror=alert(1)>" })).not.toContain("<img");
  });

  it("is cut where it is very long", () => {
    expect(prettyJson({ a: "x".repeat(100_000) }).length).toBeLessThan(20_010);
  });
});
