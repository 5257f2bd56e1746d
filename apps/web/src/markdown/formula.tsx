import { memo, useMemo } from "react";
import { mathTree } from "./math-tree.ts";
import { RawFormula } from "./raw-formula.tsx";

export interface FormulaProps {
  tex: string;
  display: boolean;
}

/** A formula as MathML; what is not TeX stays as it is written. */
export default memo(function Formula({ tex, display }: FormulaProps) {
  const tree = useMemo(() => mathTree(tex, display), [tex, display]);
  if (tree === null) return <RawFormula tex={tex} display={display} />;
  return display ? <span className="formula">{tree}</span> : tree;
});
