import { useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { linesOf } from "./call-state.ts";
import { useTurns } from "./turns-context.ts";

/** Characters that the last five lines are taken from. */
const TAIL = 4_000;

interface Props {
  output: string;
  /** Words of a sub-agent, whose lines wrap. */
  prose: boolean;
  /** Opens all of it. */
  open(): void;
}

/** What a running call prints: five lines high from the first byte, showing the last five. */
export function LiveTail({ output, prose, open }: Props) {
  const { t } = useTranslation();
  const tail = linesOf(output.slice(-TAIL)).slice(-5);
  const count = countLines(output);
  return (
    <section className="call-body" aria-label={t("call.live_output")}>
      <div className="tail">
        <pre data-wrap={prose}>{tail.join("\n")}</pre>
      </div>
      <div className="cut">
        {count > 5 ? t("call.last_lines", { m: 5, n: count }) : t("call.output_lines", { count })}
        <span className="grow" />
        <button type="button" className="link" onClick={open}>
          {t("call.open_output")}
        </button>
      </div>
    </section>
  );
}

/**
 * Whether what a call prints is shown. Who watched it run sees it until the next thing begins, and then as long as the
 * page is not held at its end: it closes under nobody's eyes. `opened`: all of it is shown instead; `latest`: nothing has
 * begun after it.
 */
export function useKeptTail(running: boolean, opened: boolean, latest: boolean): boolean {
  const { live, atEnd } = useTurns();
  const [kept, setKept] = useState(false);
  if (running && live && !kept) setKept(true);
  useLayoutEffect(() => {
    if (!running && (opened || (!latest && atEnd()))) setKept(false);
  }, [running, opened, latest, atEnd]);
  return !opened && (running || kept);
}

function countLines(text: string): number {
  let count = text.endsWith("\n") || text === "" ? 0 : 1;
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) count++;
  return count;
}
