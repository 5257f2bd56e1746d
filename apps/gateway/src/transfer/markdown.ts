/** Text as a code block that it cannot end by itself. */
export function fenced(text: string, language: string): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

/** Text as a quotation: nothing in it reaches beyond. */
export function quoted(text: string): string {
  return contained(text)
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

/** One line in which nothing means anything. */
export function inline(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}

/** Text within an HTML tag. */
export function html(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * Markdown that somebody else wrote, as part of a document: an open code block is closed, tags are text, and its
 * headings stand below the document's own.
 */
export function contained(markdown: string): string {
  let open: string | null = null;
  const lines = markdown.split("\n").map((line) => {
    const [, fence, info] = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? [];
    if (open === null && fence === undefined) return plain(line);
    if (open === null) open = fence ?? null;
    else if (fence?.startsWith(open) && info?.trim() === "") open = null;
    return line;
  });
  return open === null ? lines.join("\n") : [...lines, open].join("\n");
}

const TAGS = /\\.|<(?=[a-z/!?])/gi;
const CODE_AND_TAGS = /\\.|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<(?=[a-z/!?])/gi;
/** In a longer line code is not looked for, which can take the square of its length. */
const LONG_LINE = 4_096;

/** A line outside of code blocks; what stands in backticks or behind a backslash stays. */
function plain(line: string): string {
  return line
    .replace(/^( {0,3})(#{1,6})(?=\s|$)/, (_heading, space, signs) => `${space}${`##${signs}`.slice(0, 6)}`)
    .replace(line.length > LONG_LINE ? TAGS : CODE_AND_TAGS, (found) => (found === "<" ? "\\<" : found));
}
