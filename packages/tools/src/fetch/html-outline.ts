import { visibleText } from "./visible-text.ts";

/** What nobody reads. */
const SKIPPED: ReadonlySet<string> = new Set([
  ...["script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "audio", "video"],
  ...["nav", "footer", "select", "textarea", "button", "dialog"],
]);

/** A line of its own; `2`: with an empty line around it. */
const BLOCKS: Readonly<Record<string, 1 | 2>> = {
  ...{ address: 1, article: 2, aside: 2, blockquote: 2, body: 1, caption: 1, center: 1, dd: 1, details: 2, div: 1 },
  ...{ dl: 2, dt: 1, fieldset: 2, figcaption: 1, figure: 2, form: 2, h1: 2, h2: 2, h3: 2, h4: 2, h5: 2, h6: 2 },
  ...{ head: 1, header: 2, hr: 2, li: 1, main: 2, ol: 1, option: 1, p: 2, pre: 2, section: 2, summary: 1 },
  ...{ table: 2, tbody: 1, tfoot: 1, thead: 1, title: 1, tr: 1, ul: 1 },
};

const TITLE_LENGTH = 200;
const LINK_LENGTH = 300;
const LISTS_SHOWN = 8;

/** Puts the tags of a page, as they come, into lines of text. */
export class HtmlOutline {
  /** Open elements. */
  depth = 0;
  readonly #base: URL;
  readonly #limit: number;
  readonly #written: string[] = [];
  #length = 0;
  #title = "";
  #inTitle = false;
  /** The depth of the element that is being skipped. */
  #skipping: number | null = null;
  #preformatted = 0;
  #lists = 0;
  readonly #links: (string | null)[] = [];
  /** Line breaks and space that are due before the next text. */
  #breaks = 0;
  #space = false;
  /** A line has only its mark yet. */
  #marked = false;

  constructor(base: URL, limit: number) {
    this.#base = base;
    this.#limit = limit;
  }

  /** There is more text than was wanted. */
  get full(): boolean {
    return this.#length > this.#limit;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.depth += 1;
    if (this.#skipping !== null) return;
    this.#break(name);
    if (SKIPPED.has(name) || isHidden(attributes)) {
      this.#skipping = this.depth;
      return;
    }
    if (name === "title") this.#inTitle = true;
    else if (/^h[1-6]$/.test(name)) this.#mark(`${"#".repeat(Number(name[1]))} `);
    else if (name === "ul" || name === "ol") this.#lists += 1;
    else if (name === "li") this.#mark(`${"  ".repeat(Math.min(Math.max(this.#lists - 1, 0), LISTS_SHOWN))}- `);
    else if (name === "br") this.#breaks = Math.max(this.#breaks, 1);
    else if (name === "hr") this.#write("---");
    else if (name === "pre") this.#openPreformatted();
    else if (name === "img" && attributes.alt) this.text(` [image: ${attributes.alt}] `);
    else if (name === "a") this.#links.push(this.#linkOf(attributes.href));
  }

  close(name: string): void {
    const depth = this.depth;
    this.depth -= 1;
    if (this.#skipping !== null) {
      if (this.#skipping === depth) this.#skipping = null;
      return;
    }
    if (name === "title") this.#inTitle = false;
    else if (name === "ul" || name === "ol") this.#lists -= 1;
    else if (name === "td" || name === "th") this.text(" | ");
    else if (name === "pre") this.#closePreformatted();
    else if (name === "a") this.#closeLink();
    this.#break(name);
  }

  text(text: string): void {
    if (this.#skipping !== null) return;
    if (this.#inTitle) {
      if (this.#title.length < TITLE_LENGTH) this.#title += text;
    } else if (this.#preformatted > 0) {
      this.#write(text);
    } else {
      this.#flow(text);
    }
  }

  result(): { readonly title: string | null; readonly text: string } {
    const title = visibleText(this.#title.replace(/\s+/g, " ").trim()).slice(0, TITLE_LENGTH).toWellFormed();
    const text = visibleText(this.#written.join("").trim()).slice(0, this.#limit);
    return { title: title || null, text: text.replace(/[\ud800-\udbff]$/, "") };
  }

  #flow(text: string): void {
    const words = text.replace(/\s+/g, " ");
    if (words.startsWith(" ")) this.#space = true;
    const bare = words.trim();
    if (bare === "") return;
    this.#write(bare);
    this.#space = words.endsWith(" ");
  }

  #mark(text: string): void {
    this.#write(text);
    this.#marked = true;
  }

  #write(text: string): void {
    const between = this.#length === 0 ? "" : this.#breaks > 0 ? "\n".repeat(this.#breaks) : this.#space ? " " : "";
    this.#breaks = 0;
    this.#space = false;
    this.#marked = false;
    this.#written.push(between, text);
    this.#length += between.length + text.length;
  }

  #break(name: string): void {
    if (this.#preformatted === 0 && !this.#marked) this.#breaks = Math.max(this.#breaks, BLOCKS[name] ?? 0);
  }

  #openPreformatted(): void {
    if (this.#preformatted === 0) this.#write("```\n");
    this.#preformatted += 1;
  }

  #closePreformatted(): void {
    this.#preformatted -= 1;
    if (this.#preformatted === 0) this.#write("\n```");
  }

  #closeLink(): void {
    const link = this.#links.pop() ?? null;
    if (link === null) return;
    this.#space = true;
    this.#write(`(${link})`);
  }

  #linkOf(href: string | undefined): string | null {
    if (!href || href.startsWith("#") || !URL.canParse(href, this.#base.href)) return null;
    const { protocol, href: found } = new URL(href, this.#base);
    return (protocol === "http:" || protocol === "https:") && found.length <= LINK_LENGTH ? found : null;
  }
}

function isHidden(attributes: Readonly<Record<string, string>>): boolean {
  if (attributes.hidden !== undefined || attributes["aria-hidden"] === "true") return true;
  return /display\s*:\s*none/i.test(attributes.style ?? "");
}
