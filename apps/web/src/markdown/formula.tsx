import { memo, type ReactNode, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePrinting } from "../shell/use-printing.ts";
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
  return display ? <Display>{tree}</Display> : tree;
});

/** A formula on a line of its own: a wide one scrolls on the screen, and is made smaller on paper. */
function Display({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const printing = usePrinting();
  const frame = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!printing || element === null) return;
    const ems = element.scrollWidth / Number.parseFloat(getComputedStyle(element).fontSize);
    element.style.setProperty("--ems", String(ems));
    return () => {
      element.style.removeProperty("--ems");
    };
  }, [printing]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <span ref={frame} className="formula" role="group" aria-label={t("prose.formula")} tabIndex={0}>
      {children}
    </span>
  );
}
