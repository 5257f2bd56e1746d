import type { MarkedToken, Token, Tokens } from "marked";
import { memo } from "react";
import { CodeBlock } from "./code-block.tsx";
import { directionOf } from "./direction.ts";
import { decodeEntities } from "./entities.ts";
import { Footnote } from "./footnote.tsx";
import type { FootnoteDefinition } from "./footnote-grammar.ts";
import { Inline } from "./inline.tsx";
import { Formula } from "./markdown-chunks.tsx";
import type { MathToken } from "./math-grammar.ts";
import { placed, rawLength } from "./placed.ts";
import { Table } from "./table.tsx";
import { TaskBox } from "./task-box.tsx";

export interface BlockProps {
  token: Token;
  /** More is to come at the end of this block: it carries the caret. */
  tail?: boolean;
  depth?: number;
}

/** Blocks within blocks, at most; what is deeper is shown as it is written. */
const DEEPEST = 20;

/** One block of Markdown. Raw HTML is shown as the text it is. */
export function BlockToken({ token: given, tail = false, depth = 0 }: BlockProps) {
  const token = given as MarkedToken | MathToken | FootnoteDefinition;
  const caret = tail ? "caret" : undefined;
  if (depth > DEEPEST) return <p className="raw">{token.raw.trim()}</p>;
  switch (token.type) {
    case "paragraph":
      return (
        <p className={caret} dir={directionOf(token.raw)}>
          <Inline tokens={token.tokens} />
        </p>
      );
    case "heading": {
      const Tag = token.depth === 1 ? "h2" : token.depth === 2 ? "h3" : "h4";
      return (
        <Tag className={caret} dir={directionOf(token.raw)}>
          <Inline tokens={token.tokens} />
        </Tag>
      );
    }
    case "code":
      return <CodeBlock language={token.lang ?? ""} code={token.text} tail={tail} />;
    case "list":
      return <List list={token as Tokens.List} tail={tail} depth={depth} />;
    case "blockquote":
      return (
        <blockquote dir={directionOf(token.raw)}>
          <Nested tokens={token.tokens} tail={tail} depth={depth} />
        </blockquote>
      );
    case "table":
      return <Table table={token as Tokens.Table} tail={tail} />;
    case "hr":
      return <hr />;
    case "html":
      return <p className={tail ? "raw caret" : "raw"}>{token.raw.trim()}</p>;
    case "math":
      if (!(token as MathToken).closed) return <p className={tail ? "raw caret" : "raw"}>{token.raw.trim()}</p>;
      return (
        <p>
          <Formula tex={(token as MathToken).tex} display />
        </p>
      );
    case "footnote":
      return (
        <Footnote label={(token as FootnoteDefinition).label} dir={directionOf(token.raw.replace(/^\[[^\]]*\]/u, ""))}>
          <Nested tokens={(token as FootnoteDefinition).tokens} tail={tail} depth={depth} />
        </Footnote>
      );
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : <Inline tokens={token.tokens} />;
    case "space":
    case "def":
      return null;
    case "checkbox":
      return <TaskBox checked={token.checked} />;
    default:
      return <Inline tokens={[token]} />;
  }
}

function Nested({ tokens, tail, depth }: { tokens: readonly Token[]; tail: boolean; depth: number }) {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  return placed(tokens, rawLength).map(({ at, part }, index) => (
    <BlockToken key={at} token={part} tail={tail && index === last} depth={depth + 1} />
  ));
}

function List({ list, tail, depth }: { list: Tokens.List; tail: boolean; depth: number }) {
  const items = placed(list.items, rawLength).map(({ at, part: item }, index) => (
    <Item key={at} item={item} tail={tail && index === list.items.length - 1} depth={depth} />
  ));
  const dir = directionOf(list.raw);
  if (!list.ordered) return <ul dir={dir}>{items}</ul>;
  return (
    <ol dir={dir} start={list.start === "" || list.start === 1 ? undefined : list.start}>
      {items}
    </ol>
  );
}

interface ItemProps {
  item: Tokens.ListItem;
  tail: boolean;
  depth: number;
}

/** The same text is the same item, unless a reference in it may have got another meaning. */
const Item = memo(
  function Item({ item, tail, depth }: ItemProps) {
    const last = item.tokens.findLast((token) => token.type !== "space");
    const own = tail && (last === undefined || last.type === "text" || last.type === "checkbox");
    const names = [item.task ? "task" : "", own ? "caret" : ""].filter((name) => name !== "").join(" ");
    return (
      <li className={names === "" ? undefined : names} dir={directionOf(item.raw)}>
        <Nested tokens={item.tokens} tail={tail && !own} depth={depth} />
      </li>
    );
  },
  (one, other) =>
    one.item.raw === other.item.raw &&
    one.item.loose === other.item.loose &&
    one.tail === other.tail &&
    one.depth === other.depth &&
    !one.item.raw.includes("["),
);
