import type { Token, TokenizerExtension, Tokens } from "marked";

/** A mark in the text that points to a note. */
export interface FootnoteReference extends Tokens.Generic {
  readonly type: "footnote-reference";
  readonly raw: string;
  readonly label: string;
}

/** A note, shown where it was written. */
export interface FootnoteDefinition extends Tokens.Generic {
  readonly type: "footnote";
  readonly raw: string;
  readonly label: string;
  readonly tokens: Token[];
}

const DEFINITION =
  /^ {0,3}\[\^([^\]\s^[]{1,40})\]:[ \t]*([^\n]*(?:\n(?![ \t]*(?:\n|$))(?! {0,3}\[\^)[^\n]*)*)(?:\n+|$)/;
const REFERENCE = /^\[\^([^\]\s^[]{1,40})\]/;

/** `[^1]: words`, up to the next blank line or note. */
export const footnoteDefinition: TokenizerExtension = {
  name: "footnote",
  level: "block",
  tokenizer(src) {
    const match = DEFINITION.exec(src);
    if (match === null) return undefined;
    const [raw, label, body] = match as unknown as [string, string, string];
    this.lexer.tokens.links[key(label)] ??= { href: "", title: "" };
    return { type: "footnote", raw, label, tokens: this.lexer.blockTokens(body.replace(/\n[ \t]+/g, "\n"), []) };
  },
};

/** `[^1]`. Names count once their note is there, numbers at once: `[^a-z]` is more often a pattern than a note. */
export const footnoteReference: TokenizerExtension = {
  name: "footnote-reference",
  level: "inline",
  start(src) {
    const at = src.indexOf("[^");
    return at === -1 ? undefined : at;
  },
  tokenizer(src) {
    const match = REFERENCE.exec(src);
    if (match === null) return undefined;
    const label = match[1]!;
    if (!/^\d{1,3}$/.test(label) && !Object.hasOwn(this.lexer.tokens.links, key(label))) return undefined;
    return { type: "footnote-reference", raw: match[0], label };
  },
};

const key = (label: string): string => `^${label.toLowerCase()}`;
