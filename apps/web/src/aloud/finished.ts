/** A part of an answer that no later text changes, as it is to be heard. */
export type Finished =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "code"; readonly language: string; readonly lines: number }
  | { readonly kind: "table"; readonly columns: number; readonly rows: number };

const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)\n/;
/** Lines of code that are read out; more are only named. */
const FEW_LINES = 2;
/** Characters without any end of a sentence after which what there is counts as one. */
const LONGEST = 400;
const DIVIDER = /^ {0,3}\|?[\s:|-]*-[\s:|-]*$/;
/** The end of a sentence with what closes it, not the dot of "e.g." or of a list's number. */
const SENTENCE = /(?<!\b\p{L}|^\s*\d+)[.!?…]["'”’)\]*_`~]*(?=\s)|[。！？；]["'”’」』）\]*_`~]*/u;

/**
 * What of a Markdown text is finished after its first `from` UTF-16 code units, and where that ends. A sentence is
 * finished with its mark, a line with its end, a code block or a table with what closes it. `ended`: no more is to come.
 */
export function finished(text: string, from: number, ended: boolean): { parts: readonly Finished[]; to: number } {
  const parts: Finished[] = [];
  let to = from;
  for (;;) {
    const blank = /^\s*\n/.exec(text.slice(to));
    const at = to + (blank?.[0].length ?? 0);
    const rest = text.slice(at);
    if (rest === "") return { parts, to: at };
    const begins = at === 0 || text[at - 1] === "\n";
    const taken = (begins ? (codeOf(rest, ended) ?? tableOf(rest, ended)) : null) ?? wordsOf(rest, ended);
    if (taken === "open") return { parts, to: at };
    if (taken.part !== null) parts.push(taken.part);
    to = at + taken.length;
  }
}

/** "open": more must come before it can be told. */
type Taken = { readonly part: Finished | null; readonly length: number } | "open";

function codeOf(rest: string, ended: boolean): Taken | null {
  const opening = FENCE.exec(rest);
  if (opening === null) return !ended && /^ {0,3}(`{1,}|~{1,})[^\n`~]*$/.test(rest) ? "open" : null;
  const [first, fence = "", info = ""] = opening;
  const closing = new RegExp(`(?:^|\\n) {0,3}${fence[0]}{${fence.length},}[ \\t]*(?:\\n|$)`).exec(
    rest.slice(first.length - 1),
  );
  const isClosed = closing !== null && (ended || closing[0].endsWith("\n"));
  if (!isClosed && !ended) return "open";
  const end = closing === null ? rest.length : first.length - 1 + closing.index;
  const code = rest.slice(first.length, Math.max(first.length, end)).replace(/\n$/, "");
  const lines = code === "" ? 0 : code.split("\n").length;
  const length = closing === null ? rest.length : end + closing[0].length;
  if (lines <= FEW_LINES && code.length <= LONGEST) return { part: words(code), length };
  return { part: { kind: "code", language: info.trim().split(/\s/, 1)[0]!, lines }, length };
}

function tableOf(rest: string, ended: boolean): Taken | null {
  if (!/^ {0,3}\|/.test(rest)) return null;
  const block = /^(?: {0,3}\|[^\n]*(?:\n|$))+/.exec(rest)![0];
  if (block.length === rest.length && !ended) return "open";
  const [header = "", divider = "", ...rows] = block.trimEnd().split("\n");
  if (!DIVIDER.test(divider)) return null;
  const columns = header.trim().replace(/^\|/, "").replace(/\|$/, "").split("|").length;
  return { part: { kind: "table", columns, rows: rows.length }, length: block.length };
}

function wordsOf(rest: string, ended: boolean): Taken {
  const line = /^[^\n]*/.exec(rest)![0];
  const isLine = line.length < rest.length;
  const sentence = SENTENCE.exec(line.slice(0, LONGEST));
  if (sentence !== null) return take(line.slice(0, sentence.index + sentence[0].length));
  if (line.length >= LONGEST) return take(line.slice(0, Math.max(line.lastIndexOf(" ", LONGEST) + 1, LONGEST / 2)));
  return isLine || ended ? take(line) : "open";
}

const take = (markdown: string): Taken => ({ part: words(plain(markdown)), length: markdown.length });
const words = (text: string): Finished | null => (/[\p{L}\p{N}]/u.test(text) ? { kind: "words", text } : null);

/** A sentence without Markdown's marks; the rest of what is marked may be in another one. */
function plain(markdown: string): string {
  return markdown
    .replace(/^\s*(?:#{1,6} |(?:> ?)+|[-*+] (?:\[[ xX]\] )?)/, "")
    .replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replace(/\*\*|__|~~|`+|(?<![\p{L}\p{N}*])[*_](?=\S)|(?<=\S)[*_](?![\p{L}\p{N}*])/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}
