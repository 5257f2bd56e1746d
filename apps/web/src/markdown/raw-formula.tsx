import type { FormulaProps } from "./formula.tsx";

/** A formula as it is written: until what draws it is there, or where it cannot be drawn. */
export function RawFormula({ tex, display }: FormulaProps) {
  return <code className={display ? "formula" : undefined}>{tex}</code>;
}
