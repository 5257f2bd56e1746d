import type { ReactNode } from "react";
import { languageOf } from "../i18n/language.ts";

/** More characters than two lines hold on any screen. */
const MOST = 600;

/** What was said, on two lines at most, and beside it or below what became of it, in full. */
export function ChipWords({ said, children }: { said: string; children: ReactNode }) {
  return (
    <span className="chip-words">
      <span className="txt" dir="auto" lang={languageOf(said)}>
        {said.slice(0, MOST)}
      </span>
      <span className="tag">{children}</span>
    </span>
  );
}
