import { openTurn, type Turn } from "@millrace/protocol";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../ask/use-ask-words.ts";
import { useSession } from "../shell/app-context.ts";

export interface StoppedByProps {
  /** The run that was stopped; null while there is none. */
  turn: Turn | null;
}

/**
 * Who stopped the run, where that was not done here. Of the reader's own stops only those are spoken of that came
 * while this page watched the run: of earlier ones it cannot know whether they were pressed in it.
 */
export default function StoppedBy({ turn }: StoppedByProps) {
  const { t } = useTranslation();
  const me = useMe();
  const open = useSession(({ link, view }) => (link === "live" ? (openTurn(view)?.run_id ?? null) : null));
  const [watched, setWatched] = useState<string | null>(null);
  useEffect(() => {
    if (open !== null) setWatched(open);
  }, [open]);
  const run_id = turn?.run_id ?? null;
  const here = useSession((state) => state.stop_pressed === run_id);
  const by = useSession(({ recent }) => {
    if (run_id === null) return null;
    const stop = recent.findLast((event) => event.type === "stop_requested" && event.run_id === run_id);
    return stop?.type === "stop_requested" ? stop.by : null;
  });
  if (by === null || here || me === null || (by === me && watched !== run_id)) return null;
  return (
    <>
      <span className="ell" data-testid="stopped-by">
        {by === me ? t("stopped.elsewhere") : t("stopped.by", { who: by })}
      </span>
      {turn !== null && turn.step > 0 && <span className="sep" />}
    </>
  );
}
