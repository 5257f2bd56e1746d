const CALLS: ReadonlySet<string> = new Set(["it", "test", "describe"]);
const NOT_RUN: ReadonlySet<string> = new Set(["skip", "todo", "fixme"]);

type Token = { readonly kind: "word" | "string" | "mark"; readonly text: string };

/**
 * The titles in a test file: the first argument, if it is a string, of every `it`, `test` and `describe`, with
 * modifiers (`it.each([…])("…")`, `test.describe("…")`) or without. Those that never run (`skip`, `todo`, `fixme`) and
 * comments do not count. Template strings are taken as they are written.
 */
export function testTitles(source: string): string[] {
  const tokens = tokensOf(source);
  const titles: string[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (token.kind !== "word" || !CALLS.has(token.text) || before?.text === ".") return;
    let at = index + 1;
    while (tokens[at]?.text === "." && tokens[at + 1]?.kind === "word") {
      if (NOT_RUN.has(tokens[at + 1]?.text ?? "")) return;
      at += 2;
    }
    if (tokens[at]?.text === "<") at = afterTypes(tokens, at);
    // A table comes before the title: it.each([…])("…"), it.each`…`("…").
    if (tokens[at]?.kind === "string" && tokens[at + 1]?.text === "(") at += 1;
    else if (tokens[at]?.text === "(" && tokens[at + 1]?.kind !== "string") {
      at = afterGroup(tokens, at);
    }
    const title = tokens[at]?.text === "(" ? tokens[at + 1] : undefined;
    if (title?.kind === "string") titles.push(title.text);
  });
  return titles;
}

/** The position after the type arguments that begin at `at`. */
function afterTypes(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let index = at; index < tokens.length; index++) {
    const { text } = tokens[index] as Token;
    if (text === "<") depth += 1;
    if (text === ">" && tokens[index - 1]?.text !== "=") depth -= 1;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}

/** The position after the bracket that closes the one at `at`. */
function afterGroup(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index];
    if (token?.kind !== "mark") continue;
    if ("([{".includes(token.text)) depth += 1;
    if (")]}".includes(token.text)) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}

const TOKEN = new RegExp(
  [
    /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/u,
    /(?<word>[\p{L}\p{N}_$#]+)/u,
    /(?<string>"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')/u,
    /(?<mark>[\s\S])/u,
  ]
    .map(({ source }) => source)
    .join("|"),
  "uy",
);
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/uy;

/** Enough of a scanner to tell strings, comments and regular expressions from code. */
function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (source[at] === "`") {
      const end = templateEnd(source, at);
      tokens.push({ kind: "string", text: source.slice(at + 1, end - 1) });
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const { space, word, string, mark } = TOKEN.exec(source)?.groups ?? {};
    const text = space ?? word ?? string ?? mark ?? " ";
    if (mark === "/" && beginsValue(tokens.at(-1))) {
      REGEX.lastIndex = at;
      at += REGEX.exec(source)?.[0].length ?? 1;
      tokens.push({ kind: "word", text: "/" });
      continue;
    }
    if (word !== undefined) tokens.push({ kind: "word", text });
    else if (string !== undefined) tokens.push({ kind: "string", text: text.slice(1, -1) });
    else if (mark !== undefined) tokens.push({ kind: "mark", text });
    at += text.length;
  }
  return tokens;
}

/** Whether a value, not an operator, may follow a token. */
function beginsValue(token: Token | undefined): boolean {
  if (token === undefined || token.text === "return") return true;
  return token.kind === "mark" && !")]}".includes(token.text);
}

/** The position after a template string that begins at `at`. */
function templateEnd(source: string, at: number): number {
  let depth = 0;
  for (let index = at + 1; index < source.length; index++) {
    const letter = source[index];
    if (letter === "\\") index += 1;
    else if (letter === "$" && source[index + 1] === "{") {
      depth += 1;
      index += 1;
    } else if (depth > 0 && letter === "{") depth += 1;
    else if (depth > 0 && letter === "}") depth -= 1;
    else if (letter === "`") {
      if (depth === 0) return index + 1;
      index = templateEnd(source, index) - 1;
    }
  }
  return source.length;
}
