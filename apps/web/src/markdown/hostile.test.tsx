import type { ReactElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { I18nextProvider } from "react-i18next";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createI18n } from "../i18n/i18n.ts";
import { BlockToken } from "./block-token.tsx";
import { type Blocks, cut, NO_BLOCKS, normalise } from "./blocks.ts";
import Markdown from "./markdown.tsx";
import { Formula } from "./markdown-chunks.tsx";
import { placed, rawLength } from "./placed.ts";
import { HEAVY, HOSTILE } from "./testing-hostile.ts";

const i18n = createI18n();
const markup = (element: ReactElement) =>
  renderToStaticMarkup(<I18nextProvider i18n={i18n}>{element}</I18nextProvider>);
const markupOf = ({ groups, rest, open }: Blocks) =>
  markup(
    <div>
      {placed([...groups.flat(), ...rest, ...open], rawLength).map(({ at, part }) => (
        <BlockToken key={at} token={part} />
      ))}
    </div>,
  );

const TAGS = new Set(
  (
    "div p h2 h3 h4 ul ol li blockquote hr table thead tbody tr th td pre code span strong em del br a sup button input " +
    "svg path rect circle line polyline ellipse " +
    "math mrow mi mn mo ms mtext mspace msup msub msubsup munder mover munderover mfrac msqrt mroot mtable mtr mtd " +
    "mstyle mpadded mphantom menclose mmultiscripts mprescripts"
  ).split(" "),
);
/** Attributes whose values run and fetch nothing, whatever they are. */
const PLAIN = new Set(
  (
    "class lang dir tabindex scope start type checked disabled aria-label aria-hidden aria-pressed data-align data-wrap " +
    "data-note data-note-back xmlns width height viewbox fill stroke stroke-width stroke-linecap stroke-linejoin d x y " +
    "rx ry cx cy r points x1 x2 y1 y2 rel target display mathvariant stretchy fence separator form lspace rspace " +
    "largeop movablelimits accent accentunder linethickness scriptlevel displaystyle depth voffset rowspacing " +
    "columnspacing columnalign rowspan columnspan columnlines rowlines minsize maxsize symmetric notation mathcolor " +
    "mathbackground mathsize"
  ).split(" "),
);

/** Everything in the markup that is not known to be harmless. */
function harm(html: string): string[] {
  return (html.match(/<[^>]*>/g) ?? []).flatMap((tag) => {
    const [, name, attributes] = /^<\/?([a-z][a-z\d]*)((?:\s[^>]*)?)\/?>$/i.exec(tag) ?? [];
    if (name === undefined || !TAGS.has(name)) return [tag];
    const pairs = [...attributes!.matchAll(/\s([^\s=>/]+)(?:="([^"]*)")?/g)];
    return pairs.flatMap(([pair, key, value = ""]) => {
      const known = key!.toLowerCase();
      if (known === "href") return /^(?:https?:\/\/|mailto:)/.test(value) ? [] : [pair];
      if (known === "style")
        return /^(?:[-a-z]+:[-#\w\s.,%()]*;?)*$/.test(value) && !/url|var|image/i.test(value) ? [] : [pair];
      return PLAIN.has(known) ? [] : [pair];
    });
  });
}

beforeAll(async () => {
  Formula.load();
  await vi.waitFor(() => expect(markup(<Formula tex="x" display={false} />)).toContain("<math"));
});

describe("T14 T15 hostile Markdown runs and fetches nothing", () => {
  it("has enough of it", () => {
    expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(60);
    expect(harm('<a href="javascript:x" onclick="y">')).toHaveLength(2);
    expect(harm('<img src="x"><p style="background:url(x)">')).toHaveLength(2);
  });

  it.each(HOSTILE)("cut at every place: %j", (text) => {
    let blocks = NO_BLOCKS;
    for (let end = 1; end <= text.length; end++) {
      const part = normalise(text.slice(0, end));
      blocks = cut(blocks, part, true);
      const html = markupOf(blocks);
      expect(harm(html), JSON.stringify(part)).toEqual([]);
      expect(markupOf(cut(blocks, part, false))).toBe(markupOf(cut(NO_BLOCKS, part, false)));
    }
    for (const live of [true, false]) expect(harm(markup(<Markdown text={text} live={live} />))).toEqual([]);
  });

  it("stays harmless whatever stands before and after", () => {
    for (const before of [
      "",
      "> ",
      "- ",
      "| a |\n|---|\n| ",
      "**",
      "`",
      "[",
      "$",
      "words[^1]\n\n[^1]: ",
      "# ",
      "<div>\n",
    ]) {
      for (const text of HOSTILE) {
        const html = markup(<Markdown text={`${before}${text}\n\n${text}`} live={false} />);
        expect(harm(html), JSON.stringify(before + text)).toEqual([]);
      }
    }
  });

  it.each(Object.entries(HEAVY))("is drawn soon, however deep or long: %s", (_, text) => {
    const from = performance.now();
    const html = markup(<Markdown text={text} live={true} />);
    expect(harm(html)).toEqual([]);
    expect(performance.now() - from).toBeLessThan(4_000);
  });
});
