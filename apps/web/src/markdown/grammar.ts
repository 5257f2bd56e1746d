import { Lexer, Marked, type TokensList } from "marked";
import { footnoteDefinition, footnoteReference } from "./footnote-grammar.ts";
import { mathBlock, mathInline } from "./math-grammar.ts";

/** What reference links and footnotes point to, by normalised label. A footnote's label begins with `^`. */
export type References = TokensList["links"];

const marked = new Marked({ gfm: true });
marked.use({ extensions: [mathBlock, mathInline, footnoteDefinition, footnoteReference] });

/**
 * The blocks of a text whose line ends are `\n`. `references` are known from elsewhere and win over the text's own.
 * Never throws: a text nested too deeply for the lexer is one block of raw text.
 */
export function lex(text: string, references?: References): TokensList {
  const lexer = new Lexer(marked.defaults);
  if (references !== undefined) Object.assign(lexer.tokens.links, references);
  try {
    return lexer.lex(text);
  } catch {
    const raw = { type: "html", raw: text, text, pre: false, block: true } as const;
    return Object.assign([raw], { links: { ...references } });
  }
}
