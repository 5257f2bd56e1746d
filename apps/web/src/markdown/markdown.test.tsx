import { renderToStaticMarkup } from "react-dom/server";
import { I18nextProvider } from "react-i18next";
import { describe, expect, it } from "vitest";
import { createI18n, loadLaterWords } from "../i18n/i18n.ts";
import Markdown from "./markdown.tsx";

const i18n = createI18n();
await loadLaterWords(i18n);
const html = (text: string, live = false) =>
  renderToStaticMarkup(
    <I18nextProvider i18n={i18n}>
      <Markdown text={text} live={live} />
    </I18nextProvider>,
  );

describe("live Markdown", () => {
  it("completes the open block for the eye while it is live", () => {
    expect(html("a **bo", true)).toContain("<strong>bo</strong>");
    expect(html("a **bo", false)).not.toContain("<strong>");
    expect(html("```js\nlet a", true)).toContain("let a");
  });
});

describe("what Markdown draws", () => {
  it("lets each block run the way its words do, and code always from the left", () => {
    const out = html(
      "# \u0639\u0646\u0648\u0627\u0646\n\n\u0646\u0635 `npm`\n\n- \u0648\u0627\u062d\u062f\n- two\n\n| \u0627 | b |\n|--|--|\n| 1 | \u062a |\n\nwords",
    );
    expect(out).toContain('<h2 dir="rtl">');
    expect(out).toContain('<p dir="rtl">');
    expect(out).toMatch(/<ul dir="rtl"><li dir="rtl">[^<]*<\/li><li dir="ltr">two/);
    expect(out).toMatch(
      /dir="rtl"><table>.*<th scope="col" dir="rtl">.*<th scope="col" dir="ltr">.*<td>1<\/td><td dir="rtl">/,
    );
    expect(out).toContain('<p dir="ltr">words</p>');
  });

  it("draws tables, tasks, code and links", () => {
    expect(html("| a |\n|--:|\n| 1 |")).toContain('<td data-align="right">1</td>');
    expect(html("- [x] done")).toContain('<input type="checkbox" disabled="" aria-label="Done" checked=""/>');
    expect(html("```ts\nlet a = 1 < 2;\n```")).toContain("let a = 1 &lt; 2;");
    expect(html("[a](https://example.org)")).toContain(
      '<a href="https://example.org/" rel="noopener noreferrer nofollow" target="_blank">a</a>',
    );
    expect(html("3. c\n4. d")).toContain('<ol dir="ltr" start="3">');
  });

  it("decodes character references in words and not in code", () => {
    expect(html("a &amp; b &#x4e2d; &rarr;")).toContain("a &amp; b 中 →");
    expect(html("`&amp;`")).toContain("<code>&amp;amp;</code>");
  });

  it.each([
    ["so $a_b$ is", true],
    ["so \\(a\\) is", true],
    ["$$a$$", true],
    ["\\[\na\n\\]", true],
    ["$12$ apples", true],
    ["$5 and $6", false],
    ["$5-$6 or $7/$8", false],
    ["US$5 (or 6$)", false],
    ["$HOME/$PATH and $ x $", false],
    ["`$a$` and \\$a\\$", false],
    ["$$\nnot yet", false],
    ["$a\n\nb$", false],
  ])("knows formulas from prices: %j", (text, formula) => {
    expect(html(text).includes("<code>a") || html(text).includes("formula") || html(text).includes("<code>12")).toBe(
      formula,
    );
  });

  it("links notes and their marks, and leaves patterns alone", () => {
    const out = html("words[^1] and [^a-z]\n\n[^1]: the *note*\n");
    expect(out).toContain('data-note="1" aria-label="Note 1">1</button></sup> and [^a-z]');
    expect(out).toMatch(/class="footnote-body"><p dir="ltr">the <em>note<\/em><\/p>.*data-note-back="1"/);
    expect(html("a[^why]\n\n[^why]: so\n")).toContain('data-note="why"');
  });

  it("folds code that was long before the reader came, and not what grows under their eyes", () => {
    const text = `\`\`\`js\n${"x\n".repeat(500)}`;
    expect(html(text, false)).toContain("Show all 500 lines");
    expect(html(text, true)).not.toContain("Show all");
  });

  it("names its language", () => {
    expect(html("今天星期五")).toContain('lang="zh-CN"');
  });

  it("has no link within a link", () => {
    const out = html("[![in](https://a.example/i.png) and www.b.example](https://c.example)");
    expect(out.match(/<a /g)).toHaveLength(1);
    expect(out).toContain('<a href="https://c.example/"');
  });

  it("names a remote image and never fetches it", () => {
    const out = html("![a cat](https://pics.example/cat.png)");
    expect(out).not.toContain("<img");
    expect(out).toContain("a cat");
    expect(out).toContain("pics.example");
  });
});
