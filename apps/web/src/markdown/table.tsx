import type { Tokens } from "marked";
import { memo, useRef } from "react";
import { directionOf } from "./direction.ts";
import { Inline } from "./inline.tsx";
import { placed, textLength } from "./placed.ts";
import { useKeptColumns } from "./use-kept-columns.ts";

type Cells = readonly Tokens.TableCell[];

/** A table; a wide one scrolls within its frame. `tail`: more of it may come. */
export function Table({ table, tail }: { table: Tokens.Table; tail: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const { widths, unread } = useKeptColumns(frame, table, tail);
  const kept = widths === null ? undefined : { width: widths.reduce((sum, width) => sum + width, 0) };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div ref={frame} className={unread ? "tablewrap unread" : "tablewrap"} tabIndex={0} dir={directionOf(table.raw)}>
      <table style={kept} className={kept && "kept"}>
        {widths !== null && (
          <colgroup>
            {placed(widths, () => 1).map(({ at, part: width }) => (
              <col key={at} style={{ width }} />
            ))}
          </colgroup>
        )}
        <thead>
          <tr>
            {placed(table.header, textLength).map(({ at, part: cell }) => (
              <th key={at} scope="col" data-align={cell.align ?? undefined} dir={directionOf(cell.text)}>
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {placed(table.rows, () => 1).map(({ at, part: row }) => (
            <Row key={at} cells={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same texts are the same row, unless a reference in them may have got another meaning. */
const Row = memo(
  function Row({ cells }: { cells: Cells }) {
    return (
      <tr>
        {placed(cells, textLength).map(({ at, part: cell }) => (
          <td key={at} data-align={cell.align ?? undefined} dir={directionOf(cell.text)}>
            <Inline tokens={cell.tokens} />
          </td>
        ))}
      </tr>
    );
  },
  ({ cells: one }, { cells: other }) =>
    one.length === other.length &&
    one.every(({ text, align }, index) => {
      const cell = other[index]!;
      return text === cell.text && align === cell.align && !text.includes("[");
    }),
);
