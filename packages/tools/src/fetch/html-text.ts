import { setImmediate } from "node:timers/promises";
import { Parser } from "htmlparser2";
import { HtmlOutline } from "./html-outline.ts";

/** What is parsed at a stretch. UTF-16 code units. */
const PIECE = 32 * 1024;
/** The parser's time grows with the depth: a page that goes deeper is read no further. */
const DEPTH = 1_000;

/** What a page says. `cut`: there was more. */
export interface PageText {
  readonly title: string | null;
  readonly text: string;
  readonly cut: boolean;
}

export interface HtmlTextOptions {
  /** Where the page was found: what its links are relative to. */
  readonly url: URL;
  /** Text that is wanted. UTF-16 code units. */
  readonly limit: number;
  /** The page itself was cut. */
  readonly cut: boolean;
  readonly signal: AbortSignal;
}

/** Reads a page, in the manner of Markdown. Other work goes on meanwhile; ends soon after `signal` aborts. */
export async function htmlText(html: string, { url, limit, cut, signal }: HtmlTextOptions): Promise<PageText> {
  const outline = new HtmlOutline(url, limit);
  const parser = new Parser(
    {
      onopentag: (name, attributes) => outline.open(name, attributes),
      onclosetag: (name) => outline.close(name),
      ontext: (text) => outline.text(text),
    },
    { decodeEntities: true },
  );
  let at = 0;
  for (; at < html.length && !outline.full && outline.depth < DEPTH; at += PIECE) {
    signal.throwIfAborted();
    parser.write(html.slice(at, at + PIECE));
    await setImmediate();
  }
  parser.end();
  const { title, text } = outline.result();
  return { title, text, cut: cut || outline.full || at < html.length };
}
