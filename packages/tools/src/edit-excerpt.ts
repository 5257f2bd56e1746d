import type { Edit } from "./text-edit.ts";

/** Lines around a change, and lines of each side of it. */
const CONTEXT = 3;
const SHOWN_LINES = 40;
/** UTF-16 code units. */
const SHOWN_COLUMNS = 200;

/** What an edit changed, in the manner of a unified diff, with long parts left out. */
export function editExcerpt(before: string, edit: Edit): string {
  const old = linesOf(before);
  const now = linesOf(edit.text);
  const first = linesOf(before.slice(0, edit.at)).length - 1;
  const oldLast = first + linesOf(edit.old).length;
  const newLast = first + linesOf(edit.new).length;
  const from = Math.max(0, first - CONTEXT);
  const above = old.slice(from, first);
  const below = old.slice(oldLast, oldLast + CONTEXT);
  // A last, empty line is only the end of the one before it.
  if (oldLast + below.length === old.length && below.at(-1) === "") below.pop();
  const around = above.length + below.length;
  return [
    `@@ -${from + 1},${around + oldLast - first} +${from + 1},${around + newLast - first} @@`,
    ...above.map((line) => ` ${short(line)}`),
    ...side("-", old.slice(first, oldLast)),
    ...side("+", now.slice(first, newLast)),
    ...below.map((line) => ` ${short(line)}`),
  ].join("\n");
}

const linesOf = (text: string): string[] => text.split(/\r?\n/);

function side(mark: "-" | "+", lines: readonly string[]): string[] {
  const shown = lines.slice(0, SHOWN_LINES).map((line) => `${mark}${short(line)}`);
  return lines.length > SHOWN_LINES ? [...shown, `${mark}… ${lines.length - SHOWN_LINES} more lines`] : shown;
}

function short(line: string): string {
  if (line.length <= SHOWN_COLUMNS) return line;
  return `${line.slice(0, SHOWN_COLUMNS).replace(/[\ud800-\udbff]$/, "")}…`;
}
