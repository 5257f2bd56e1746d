import { useTranslation } from "react-i18next";
import { linesOf } from "./call-state.ts";

/** Characters that the last five lines are taken from. */
const TAIL = 4_000;

/** What a running call prints: five lines high from the first byte, showing the last five. `prose`: words of a sub-agent, whose lines wrap. */
export function LiveTail({ output, prose }: { output: string; prose: boolean }) {
  const { t } = useTranslation();
  const tail = linesOf(output.slice(-TAIL)).slice(-5);
  const count = countLines(output);
  return (
    <section className="call-body" aria-label={t("call.live_output")}>
      <div className="tail">
        <pre data-wrap={prose}>{tail.join("\n")}</pre>
      </div>
      {count > 5 && <div className="cut">{t("call.last_lines", { m: 5, n: count })}</div>}
    </section>
  );
}

function countLines(text: string): number {
  let count = text.endsWith("\n") || text === "" ? 0 : 1;
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) count++;
  return count;
}
