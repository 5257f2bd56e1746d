import { isAbsolute, relative, resolve } from "node:path";
import type { MarkdownRenderer } from "vitepress";

const DOCS = resolve(import.meta.dirname, "..");

/**
 * What these pages have beside VitePress' Markdown:
 * - links to files of the repository outside of `docs/`, which work where the repository is read, become plain text;
 * - a file's name in brackets behind a fence's language is shown above the block, other brackets (`[event]`) and
 *   `{not-run: "why"}` are for the tests alone.
 */
export function siteRules(md: MarkdownRenderer): void {
  md.core.ruler.push("millrace", (state) => {
    const { tokens, env, Token } = state;
    state.tokens = tokens.flatMap((token) => {
      if (token.type !== "fence") return [token];
      const [, language = "", title] = /^(\S+)(?: \[([^\]]+)\])?/u.exec(token.info) ?? [];
      token.info = language;
      if (title?.includes(".") !== true) return [token];
      const name = new Token("html_block", "", 0);
      name.content = `<p><code>${md.utils.escapeHtml(title)}</code></p>\n`;
      return [name, token];
    });
    for (const token of tokens) {
      let outside = false;
      for (const child of token.children ?? []) {
        if (child.type === "link_open") outside = leadsOutside(String(child.attrGet("href")), String(env.path));
        if (!outside) continue;
        if (child.type === "link_open") {
          child.tag = "span";
          child.attrs = [["title", "in the repository"]];
        }
        if (child.type === "link_close") {
          child.tag = "span";
          outside = false;
        }
      }
    }
  });
}

/** Whether a relative link of a page names a file that is not below `docs/`. */
export function leadsOutside(href: string, page: string): boolean {
  if (/^(?:[a-z]+:|\/|#)/iu.test(href)) return false;
  const path = relative(DOCS, resolve(page, "..", href.split("#")[0] ?? ""));
  return path.startsWith("..") || isAbsolute(path);
}
