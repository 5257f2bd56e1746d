import type { MarkedToken, Token, Tokens } from "marked";
import { CodeBlock } from "./code-block.tsx";
import { decodeEntities } from "./entities.ts";
import { Inline } from "./inline.tsx";
import { placed, rawLength, textLength } from "./placed.ts";
import { TaskBox } from "./task-box.tsx";

/** One block of Markdown. Raw HTML is shown as the text it is. */
export function BlockToken({ token: given }: { token: Token }) {
  const token = given as MarkedToken;
  switch (token.type) {
    case "paragraph":
      return (
        <p>
          <Inline tokens={token.tokens} />
        </p>
      );
    case "heading": {
      const Tag = token.depth === 1 ? "h2" : token.depth === 2 ? "h3" : "h4";
      return (
        <Tag>
          <Inline tokens={token.tokens} />
        </Tag>
      );
    }
    case "code":
      return <CodeBlock language={token.lang ?? ""} code={token.text} />;
    case "list":
      return <List list={token} />;
    case "blockquote":
      return (
        <blockquote>
          <Blocks tokens={token.tokens} />
        </blockquote>
      );
    case "table":
      return <Table table={token} />;
    case "hr":
      return <hr />;
    case "html":
      return <p className="raw">{token.raw.trim()}</p>;
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

function Blocks({ tokens }: { tokens: readonly Token[] }) {
  return placed(tokens, rawLength).map(({ at, part }) => <BlockToken key={at} token={part} />);
}

function List({ list }: { list: Tokens.List }) {
  const items = placed(list.items, rawLength).map(({ at, part: item }) => (
    <li key={at} className={item.task ? "task" : undefined}>
      <Blocks tokens={item.tokens} />
    </li>
  ));
  if (!list.ordered) return <ul>{items}</ul>;
  return <ol start={list.start === "" || list.start === 1 ? undefined : list.start}>{items}</ol>;
}

function Table({ table }: { table: Tokens.Table }) {
  return (
    <div className="tablewrap">
      <table>
        <thead>
          <tr>
            {placed(table.header, textLength).map(({ at, part: cell }) => (
              <th key={at} scope="col" data-align={cell.align ?? undefined}>
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {placed(table.rows, () => 1).map(({ at, part: row }) => (
            <tr key={at}>
              {placed(row, textLength).map(({ at: column, part: cell }) => (
                <td key={column} data-align={cell.align ?? undefined}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
