import type { Tokens } from "marked";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { type Column, columnWidths } from "./column-widths.ts";

/** Milliseconds that a table without a whole row is not shown, at most. */
const PATIENCE = 1_500;
/** Pixels: a scrollbar that appears is no reason to move what was read. */
const SLIGHT = 20;

interface Kept {
  readonly room: number;
  readonly widths: readonly number[];
}

interface KeptColumns {
  /** Pixels for each column; null: the browser finds them. */
  readonly widths: readonly number[] | null;
  /** Nothing of it is shown yet: it has no row to find widths from. */
  readonly unread: boolean;
}

/**
 * Keeps what was read of a growing table in its place: its columns are as wide as its first row made them, then and when
 * it is complete. In a frame of another width they are found anew. `growing`: more may come.
 */
export function useKeptColumns(
  frame: RefObject<HTMLElement | null>,
  table: Tokens.Table,
  growing: boolean,
): KeptColumns {
  const [kept, setKept] = useState<Kept | null>(null);
  const [late, setLate] = useState(false);
  const unread = growing && kept === null && !late;
  const ready = table.rows.length > 1 || (table.rows.length === 1 && (late || table.raw.endsWith("\n")));
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the table as it is when its first row is there
  useLayoutEffect(() => {
    const element = frame.current;
    if (!growing || !ready || kept !== null || element === null) return;
    const room = element.clientWidth;
    const columns = room === 0 ? [] : columnsOf(element.querySelector("table")!, table);
    if (columns.length === 0) setLate(true);
    else setKept({ room, widths: columnWidths(room, columns) });
  }, [frame, growing, ready, kept]);
  useEffect(() => {
    if (!unread) return;
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [unread]);
  useEffect(() => {
    const element = frame.current;
    if (kept === null || element === null) return;
    const sizes = new ResizeObserver(() => {
      if (Math.abs(element.clientWidth - kept.room) > SLIGHT) setKept(null);
    });
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [frame, kept]);
  return { widths: kept?.widths ?? null, unread };
}

function columnsOf(element: HTMLTableElement, { rows, align }: Tokens.Table): readonly Column[] {
  const cells = [...(element.tHead?.rows[0]?.cells ?? [])];
  const widthsIn = (width: string) => {
    element.style.width = width;
    return cells.map((cell) => cell.getBoundingClientRect().width);
  };
  const wide = widthsIn("max-content");
  const narrow = widthsIn("min-content");
  element.style.removeProperty("width");
  return wide.map((width, at) => ({
    wide: width,
    narrow: narrow[at]!,
    figures: align[at] === "right" || rows.every((row) => FIGURES.test(row[at]?.text ?? "")),
  }));
}

const FIGURES = /^[^\p{L}]{1,20}$/u;
