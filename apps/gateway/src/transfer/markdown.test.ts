import { describe, expect, it } from "vitest";
import { contained, fenced, html, inline, quoted } from "./markdown.ts";

describe("Markdown of others", () => {
  it.each([
    ["plain", "```text\nplain\n```"],
    ["a\n```\nb\n", "````text\na\n```\nb\n````"],
    ["`````", "``````text\n`````\n``````"],
    ["", "```text\n\n```"],
  ])("T24: a code block is longer than every fence in it: %j", (text, block) => {
    expect(fenced(text, "text")).toBe(block);
  });

  it.each([
    ["```js\nopen", "```js\nopen\n```"],
    ["~~~~\n~~~\n```", "~~~~\n~~~\n```\n~~~~"],
    ["```\nclosed\n```", "```\nclosed\n```"],
    ["```\n``` not the end\n````", "```\n``` not the end\n````"],
    ["``` `inline` ```", "``` `inline` ```"],
  ])("what is open is closed: %j", (text, whole) => {
    expect(contained(text)).toBe(whole);
  });

  it.each([
    ["<details> and </p> and <!-- and <?x", "\\<details> and \\</p> and \\<!-- and \\<?x"],
    ["1 < 2 <= 3", "1 < 2 <= 3"],
    ["`<b>` <b>", "`<b>` \\<b>"],
    ["``a`<b>`` <b>", "``a`<b>`` \\<b>"],
    ["\\<b> \\\\<b>", "\\<b> \\\\\\<b>"],
    ["```\n<b>\n```", "```\n<b>\n```"],
    ["`open <b>", "`open \\<b>"],
  ])("tags are text, but for code: %j", (text, safe) => {
    expect(contained(text)).toBe(safe);
  });

  it("a long line of backticks takes no time to speak of", () => {
    const began = performance.now();
    const ticks = Array.from({ length: 2_000 }, (_, index) => "`".repeat(index)).join(" ");
    expect(contained(`${ticks} <b>`).endsWith("\\<b>")).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("headings stand below the document's", () => {
    expect(contained("# You\n## You\n###### deep\n#tag\n```\n# comment\n```")).toBe(
      "### You\n#### You\n###### deep\n#tag\n```\n# comment\n```",
    );
  });

  it("a quotation holds what it quotes", () => {
    expect(quoted("a\n\n```\nb")).toBe("> a\n>\n> ```\n> b\n> ```");
  });

  it("a line is one line, and a tag's text no tag", () => {
    expect(inline("a\n# *b* [c](d) <e>")).toBe("a \\# \\*b\\* \\[c\\](d) \\<e\\>");
    expect(html('<b>\n"&')).toBe("&#60;b&#62; &#34;&#38;");
  });
});
