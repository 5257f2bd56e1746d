import { renderToStaticMarkup } from "react-dom/server";
import { I18nextProvider } from "react-i18next";
import { describe, expect, it } from "vitest";
import { createI18n } from "../i18n/i18n.ts";
import { BlockToken } from "./block-token.tsx";
import { type Blocks, cut, NO_BLOCKS, normalise } from "./blocks.ts";
import Markdown from "./markdown.tsx";
import { placed, rawLength } from "./placed.ts";

const i18n = createI18n();
const html = (text: string, live = false) =>
  renderToStaticMarkup(
    <I18nextProvider i18n={i18n}>
      <Markdown text={text} live={live} />
    </I18nextProvider>,
  );
const htmlOf = ({ settled, open }: Blocks) =>
  renderToStaticMarkup(
    <I18nextProvider i18n={i18n}>
      {placed([...settled, ...open], rawLength).map(({ at, part }) => (
        <BlockToken key={at} token={part} />
      ))}
    </I18nextProvider>,
  );
const whole = (text: string) => htmlOf(cut(NO_BLOCKS, normalise(text), false));

function streamed(text: string, ends: readonly number[]): Blocks {
  let blocks = NO_BLOCKS;
  for (const end of ends) blocks = cut(blocks, normalise(text.slice(0, end)), true);
  return cut(blocks, normalise(text), false);
}

const PIECES = [
  "# Title\n\n",
  "A paragraph with **bold**, *em*, `code` and [a link](https://example.org/a_b).\n",
  "lazy line\n\n",
  "- one\n- two\n  - nested\n\n  more of two\n\n- three\n\n",
  "1. a\n\n2. b\n10. c\n\n",
  "- [ ] open\n- [x] closed\n\n",
  "```python\nprint('**')\n\n# not a heading\n```\n\n",
  "~~~\nunclosed?\n~~~\n",
  "    indented\n\n    more\n\n",
  "> quote\n> - in it\nlazy\n\n> another\n\n",
  "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\n",
  "Setext\n---\n\n",
  "para\n- list after it\n\n",
  "***\n\n",
  "<div onclick='x'>\nhi\n</div>\n\n",
  "<!-- a\n\ncomment -->\n\n",
  "See [ref] and [other][ref].\n\n",
  "中文段落，**加粗**和`代码`。\r\n\r\n",
  "2",
  "\n",
  "\n\n",
  "   ",
  "text ~~gone~~ ![x](https://i.example/x.png) https://example.com/?a=1&b=2\n\n",
];

/** A seeded generator: the same texts in every run. */
function texts(count: number, definitions: boolean): string[] {
  let state = definitions ? 7 : 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const pieces = definitions ? [...PIECES, "[ref]: https://example.org\n\n"] : PIECES;
  return Array.from({ length: count }, () =>
    Array.from({ length: 2 + random(7) }, () => pieces[random(pieces.length)]!).join(""),
  );
}

describe("incremental Markdown", () => {
  it.each([
    ["plain", false],
    ["with reference definitions", true],
  ])(
    "draws the same from every prefix as from the whole text: %s",
    (_, definitions) => {
      for (const text of texts(60, definitions)) {
        const ends = Array.from({ length: text.length }, (_, index) => index + 1);
        expect(htmlOf(streamed(text, ends)), JSON.stringify(text)).toBe(whole(text));
        const few = ends.filter((end) => end % 7 === 0);
        expect(htmlOf(streamed(text, few)), JSON.stringify(text)).toBe(whole(text));
      }
    },
    30_000,
  );

  it("never touches a settled block again", () => {
    const text = "# One\n\nTwo **bold**\n\n- three\n- four\n\nFive six\nseven";
    let blocks = NO_BLOCKS;
    const seen: unknown[] = [];
    for (let end = 1; end <= text.length; end++) {
      blocks = cut(blocks, text.slice(0, end), true);
      seen.forEach((token, index) => {
        expect(blocks.settled[index]).toBe(token);
      });
      seen.push(...blocks.settled.slice(seen.length));
    }
    expect(seen).toHaveLength(3);
    expect(blocks.boundary).toBe(text.indexOf("Five"));
  });

  it("starts again where the text is another one", () => {
    const blocks = cut(NO_BLOCKS, "one\n\ntwo\n\nthree\n", true);
    expect(htmlOf(cut(blocks, "other", false))).toBe("<p>other</p>");
  });

  it("completes the open block for the eye while it is live", () => {
    expect(html("a **bo", true)).toContain("<strong>bo</strong>");
    expect(html("a **bo", false)).not.toContain("<strong>");
    expect(html("```js\nlet a", true)).toContain("let a");
  });
});

describe("what Markdown draws", () => {
  it("draws tables, tasks, code and links", () => {
    expect(html("| a |\n|--:|\n| 1 |")).toContain('<td data-align="right">1</td>');
    expect(html("- [x] done")).toContain('<input type="checkbox" disabled="" aria-label="Done" checked=""/>');
    expect(html("```ts\nlet a = 1 < 2;\n```")).toContain("let a = 1 &lt; 2;");
    expect(html("[a](https://example.org)")).toContain(
      '<a href="https://example.org/" rel="noopener noreferrer nofollow" target="_blank">a</a>',
    );
    expect(html("3. c\n4. d")).toContain('<ol start="3">');
  });

  it("decodes character references in words and not in code", () => {
    expect(html("a &amp; b &#x4e2d; &rarr;")).toContain("a &amp; b 中 →");
    expect(html("`&amp;`")).toContain("<code>&amp;amp;</code>");
  });

  it("names its language", () => {
    expect(html("今天星期五")).toContain('lang="zh-CN"');
  });

  it("names a remote image and never fetches it", () => {
    const out = html("![a cat](https://pics.example/cat.png)");
    expect(out).not.toContain("<img");
    expect(out).toContain("a cat");
    expect(out).toContain("pics.example");
  });
});

describe("hostile Markdown", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <b onmouseover=alert(1)>x</b> <svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](\u0001javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/a)",
    "[x](/api/v1/sessions)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://evil.example/pixel.png?leak=1)",
    '![x](https://evil.example/"onerror="alert(1))',
    "[ref]\n\n[ref]: javascript:alert(1)",
    '```"><script>alert(1)</script>\ncode\n```',
    "| <script>alert(1)</script> |\n|---|\n| [x](javascript:alert(1)) |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>*{background:url(https://evil.example)}</style>",
    "<!--><img src=x onerror=alert(1)>-->",
  ])("has no script, handler or remote source: %s", (payload) => {
    for (const live of [false, true]) {
      const out = html(payload, live);
      const tags = out.match(/<[^>]*>/g) ?? [];
      for (const tag of tags) {
        expect(tag).not.toMatch(/^<\/?(script|style|iframe|img|svg\/|object|embed|form|base|meta|link)\b/i);
        expect(tag).not.toMatch(/\son\w+\s*=/i);
        expect(tag).not.toMatch(/\s(src|srcset|style|action|formaction)\s*=/i);
        const href = /\shref="([^"]*)"/.exec(tag)?.[1];
        if (href !== undefined) expect(href).toMatch(/^(https?:|mailto:)/);
      }
    }
  });
});
