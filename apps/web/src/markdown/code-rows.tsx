import { createElement, memo, type ReactNode } from "react";
import { INKS, type Spans } from "./highlight/ink.ts";

/** Lines that have ended, in one block of the layout: more lines after them cost them nothing. */
export const CodeRows = memo(function CodeRows({
  lines,
  spans,
}: {
  lines: readonly string[];
  spans: readonly Spans[] | undefined;
}) {
  if (spans === undefined) return <span className="lines">{`${lines.join("\n")}\n`}</span>;
  return rows(lines.flatMap((line, index) => [...painted(line, spans[index]), "\n"]));
});

/** The line that more may be added to. */
export const CodeRow = memo(function CodeRow({ line, spans }: { line: string; spans: Spans | undefined }) {
  return rows(painted(line, spans));
});

/** Children by their place: neighbouring texts become one, so that a plain stretch is one text node. */
function rows(children: readonly ReactNode[]): ReactNode {
  const joined: ReactNode[] = [];
  for (const child of children) {
    if (typeof child === "string" && typeof joined.at(-1) === "string") joined[joined.length - 1] += child;
    else joined.push(child);
  }
  return createElement("span", { className: "lines" }, ...joined);
}

function painted(line: string, spans: Spans = ""): ReactNode[] {
  const children: ReactNode[] = [];
  let at = 0;
  for (let index = 0; index < spans.length; index += 2) {
    const text = line.slice(at, at + spans.charCodeAt(index));
    at += text.length;
    const ink = INKS[spans.charCodeAt(index + 1) - 1];
    children.push(ink === undefined || ink === "none" ? text : <span className={`ink-${ink}`}>{text}</span>);
  }
  if (at < line.length) children.push(line.slice(at));
  return children;
}
