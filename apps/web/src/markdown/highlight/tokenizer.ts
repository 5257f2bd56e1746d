import {
  createCssVariablesTheme,
  createHighlighterCore,
  type GrammarState,
  type HighlighterCore,
  type ThemedToken,
} from "@shikijs/core";
import { createJavaScriptRegexEngine } from "@shikijs/engine-javascript";
import { INKS, type Spans } from "./ink.ts";
import { type Grammar, loadGrammar } from "./languages.ts";

/** Longer lines stay plain, in characters. */
const LONGEST_LINE = 1_000;
const THEME = "inks";

/** What the lines so far mean for the next one. Undefined at the beginning. */
export type State = GrammarState | undefined;

export interface Tokenizer {
  /** The inks of lines that follow on `state`, and the state after them. */
  colour(lines: readonly string[], state: State): { readonly spans: readonly Spans[]; readonly state: State };
}

let core: Promise<HighlighterCore> | null = null;

/** Loads what colours this grammar's code. */
export async function loadTokenizer(grammar: Grammar): Promise<Tokenizer> {
  core ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: "--" })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const [highlighter, { default: registrations }] = await Promise.all([core, loadGrammar(grammar)]);
  await highlighter.loadLanguage(...registrations);
  const lang = registrations.at(-1)!.name;
  return {
    colour(lines, state) {
      const tokens = highlighter.codeToTokensBase(lines.join("\n"), {
        lang,
        theme: THEME,
        tokenizeMaxLineLength: LONGEST_LINE,
        ...(state === undefined ? {} : { grammarState: state }),
      });
      return { spans: tokens.map(spansOf), state: highlighter.getLastGrammarState(tokens) };
    },
  };
}

function spansOf(line: readonly ThemedToken[]): Spans {
  let spans = "";
  let length = 0;
  let ink = 0;
  const close = () => {
    if (length > 0) spans += String.fromCharCode(length, ink + 1);
    length = 0;
  };
  for (const { content, color } of line) {
    if (content.length > LONGEST_LINE) return "";
    const own = inkOf(color, content);
    if (own !== ink) close();
    ink = own;
    length += content.length;
  }
  if (ink !== 0) close();
  return spans;
}

const INK_OF: Readonly<Record<string, (typeof INKS)[number]>> = {
  "token-comment": "dim",
  "token-punctuation": "dim",
  "token-keyword": "key",
  "token-string": "str",
  "token-string-expression": "str",
  "token-constant": "num",
  "token-function": "fn",
  "token-link": "fn",
  "token-inserted": "str",
  "token-deleted": "key",
  "token-changed": "num",
};

/** A theme of variables names its colours `var(--token-keyword)`. Blanks have no ink. */
function inkOf(colour: string | undefined, content: string): number {
  if (colour === undefined || content.trim() === "") return 0;
  const name = /--([\w-]+)/.exec(colour)?.[1] ?? "";
  return INKS.indexOf(INK_OF[name] ?? "none");
}
