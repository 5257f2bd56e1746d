/** A header's cells, divided by pipes that are not escaped. */
const PIPE = /(?<!\\)\|/;
const DIVIDER = /^ {0,3}[|:\-\s]*$/;

/**
 * A block that is the beginning of a table, completed so that it is one before its divider has come; null where it is
 * none. Only what begins with a pipe counts: words may hold one too.
 */
export function growTable(block: string): string | null {
  const lines = block.split("\n");
  const at = lines.findIndex((line) => /^ {0,3}\|/.test(line));
  if (at === -1) return null;
  const [header = "", divider = "", ...more] = lines.slice(at);
  if (more.length > 0 || !DIVIDER.test(divider)) return null;
  const cells = header
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(PIPE);
  return [...lines.slice(0, at), `| ${cells.join(" | ")} |`, `|${cells.map(() => " --- |").join("")}`, ""].join("\n");
}
