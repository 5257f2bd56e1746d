import { type RefObject, useEffect } from "react";

/** While a panel covers the page: the focus goes into it, cannot leave it, and returns to where it was. */
export function useSheetFocus(sheet: "side" | "inspector" | null, main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const page = main.current;
    if (sheet === null || page === null) return;
    const before = document.activeElement;
    page.inert = true;
    document.querySelector<HTMLElement>(sheet === "side" ? "#side button" : "#inspector [role=tab]")?.focus();
    return () => {
      page.inert = false;
      if (before instanceof HTMLElement) before.focus();
    };
  }, [sheet, main]);
}
