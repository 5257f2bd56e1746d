import type { MarkedToken, Token, Tokens } from "marked";
import { normalise } from "./blocks.ts";
import { decodeEntities } from "./entities.ts";
import type { FootnoteDefinition, FootnoteReference } from "./footnote-grammar.ts";
import { lex } from "./grammar.ts";
import type { MathToken } from "./math-grammar.ts";

type Known = MarkedToken | MathToken | FootnoteReference | FootnoteDefinition;

/**
 * Markdown as the words it stands for: no marks, tables with tabs between their cells, links with their address
 * after them where it says more than their words. Blocks are one blank line apart, and there is none at the end.
 */
export function plainText(markdown: string): string {
  return blocks(lex(normalise(markdown))).trim();
}

function blocks(tokens: readonly Token[], between = "\n\n"): string {
  return tokens
    .map((token) => block(token as Known))
    .filter((text) => text !== "")
    .join(between);
}

function block(token: Known): string {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return "";
    case "code":
      return token.text;
    case "blockquote":
      return blocks(token.tokens).replace(/^/gm, "> ");
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    case "hr":
      return "—";
    case "html":
      return token.raw.trim();
    case "math":
      return (token as MathToken).closed ? (token as MathToken).tex : token.raw.trim();
    case "footnote":
      return `[${(token as FootnoteDefinition).label}] ${blocks((token as FootnoteDefinition).tokens)}`;
    case "paragraph":
    case "heading":
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : words(token.tokens);
    default:
      return words([token]);
  }
}

function list({ items, ordered, start, loose }: Tokens.List): string {
  const first = start === "" ? 1 : start;
  return items
    .map((item, index) => {
      const mark = ordered ? `${first + index}. ` : "- ";
      const task = item.task ? (item.checked === true ? "[x] " : "[ ] ") : "";
      const text = blocks(item.tokens, loose ? "\n\n" : "\n");
      return mark + task + text.replace(/\n(?=[^\n])/g, `\n${" ".repeat(mark.length)}`);
    })
    .join(loose ? "\n\n" : "\n");
}

function table({ header, rows }: Tokens.Table): string {
  return [header, ...rows].map((row) => row.map((cell) => words(cell.tokens)).join("\t")).join("\n");
}

function words(tokens: readonly Token[]): string {
  return tokens.map((token) => word(token as Known)).join("");
}

function word(token: Known): string {
  switch (token.type) {
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : words(token.tokens);
    case "escape":
    case "codespan":
      return token.text;
    case "br":
      return "\n";
    case "link":
      return link(token as Tokens.Link);
    case "image":
      return [decodeEntities(token.text), `(${token.href})`].filter((part) => part !== "").join(" ");
    case "math":
      return (token as MathToken).tex;
    case "footnote-reference":
      return `[${(token as FootnoteReference).label}]`;
    case "checkbox":
      return "";
    case "strong":
    case "em":
    case "del":
      return words(token.tokens);
    default:
      return token.raw;
  }
}

function link({ href, tokens }: Tokens.Link): string {
  const text = words(tokens);
  const address = decodeEntities(href);
  return address.replace(/^mailto:/, "") === text || address === "" ? text : `${text} (${address})`;
}
