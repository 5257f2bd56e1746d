import type { Token } from "marked";
import { renderToStaticMarkup } from "react-dom/server";
import { I18nextProvider } from "react-i18next";
import { describe, expect, it } from "vitest";
import { createI18n } from "../i18n/i18n.ts";
import { BlockToken } from "./block-token.tsx";
import { type Blocks, cut, GROUP, NO_BLOCKS, normalise } from "./blocks.ts";
import { placed, rawLength } from "./placed.ts";

const i18n = createI18n();
const settledOf = ({ groups, rest }: Blocks): readonly Token[] => [...groups.flat(), ...rest];
const htmlOf = (blocks: Blocks) =>
  renderToStaticMarkup(
    <I18nextProvider i18n={i18n}>
      {placed([...settledOf(blocks), ...blocks.open], rawLength).map(({ at, part }) => (
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
  "So $a_b$ and \\(x*y\\) cost $5 and $6, $$z$$.\n",
  "Then:\n$$\na\n= b\n- c\n$$\n\n",
  "\\[\nx^2\n\\]\n",
  "$$\nnever closed\n- x\n\n",
  "A note[^1] and [^named] one.\n\n",
  "[^2]: a note\nof two lines\n",
  "````md\n```js\nx\n```\n````\n",
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
  const pieces = definitions
    ? [...PIECES, "[ref]: https://example.org\n\n", "[^named]: the note\n\n", "[ref]: https://other.example\n"]
    : PIECES;
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
        expect(settledOf(blocks)[index]).toBe(token);
      });
      seen.push(...settledOf(blocks).slice(seen.length));
    }
    expect(seen).toHaveLength(3);
    expect(blocks.boundary).toBe(text.indexOf("Five"));
  });

  it("starts again where the text is another one", () => {
    const blocks = cut(NO_BLOCKS, "one\n\ntwo\n\nthree\n", true);
    expect(htmlOf(cut(blocks, "other", false))).toBe('<p dir="ltr">other</p>');
  });

  it("keeps full groups of blocks as they are, and code that grows out of the lexer", () => {
    const text = `${"word\n\n".repeat(GROUP * 2 + 3)}\`\`\`js\nlet a = 1;\nlet b`;
    const before = cut(NO_BLOCKS, text, true);
    const after = cut(before, `${text} = 2;\n\`\`\`\n\nEnd\n`, true);
    expect(before.groups.map((group) => group.length)).toEqual([GROUP, GROUP]);
    expect(after.groups.every((group, index) => group === before.groups[index])).toBe(true);
    expect(before.fence).toBe(text.indexOf("let a"));
    expect(after.fence).toBeNull();
  });

  it("draws again only the blocks that a definition changes", () => {
    const text = "See [ref].\n\nOther words.\n\nMore.\n\n";
    const before = cut(NO_BLOCKS, text, true);
    const after = cut(before, `${text}[ref]: https://example.org\n\nEnd.\n`, true);
    expect(settledOf(before)).toHaveLength(2);
    expect(settledOf(after)[0]).not.toBe(settledOf(before)[0]);
    expect(settledOf(after)[1]).toBe(settledOf(before)[1]);
    expect(htmlOf(after)).toContain('href="https://example.org/"');
  });

  it("is a table from its first pipe on: no pipe is ever seen, and each prefix has the header's columns so far", () => {
    const text = "Sizes:\n\n| part | bytes |\n| :--- | ---: |\n| log | 12 |\n";
    let blocks = cut(NO_BLOCKS, text.slice(0, 8), true);
    for (let end = 9; end <= text.length; end++) {
      blocks = cut(blocks, text.slice(0, end), true);
      const html = htmlOf(blocks);
      expect(html.replace(/<[^>]*>/g, ""), text.slice(0, end)).not.toMatch(/[|]|--/);
      expect(html).toContain("<table>");
      const headers = html.match(/<th /g)?.length ?? 0;
      if (end >= text.indexOf(" |\n") + 2) expect(headers, text.slice(0, end)).toBe(2);
    }
    expect(htmlOf(blocks)).toContain('<td data-align="right">12</td>');
  });

  it("is words again where no divider follows, and takes no pipe within words for a table", () => {
    expect(htmlOf(cut(NO_BLOCKS, "| one\nand two", true))).toContain('<p dir="ltr">| one');
    expect(htmlOf(cut(NO_BLOCKS, "a | b", true))).toBe('<p dir="ltr">a | b</p>');
    expect(htmlOf(cut(NO_BLOCKS, "| one", false))).toBe('<p dir="ltr">| one</p>');
    expect(htmlOf(cut(NO_BLOCKS, "Text before\n| a | b |\n|-", true))).toContain("<table>");
  });
});
