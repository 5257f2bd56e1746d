import { FileText } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { useApp } from "../shell/app-context.ts";

/** Where logs from files are shown, before there is one, and where it says why one cannot be shown. */
export default function ReplayDoor() {
  const { t } = useTranslation();
  const app = useApp();
  const { replays, go } = app;
  const { loading, problem } = useStore(replays);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="scroll">
      <div className="empty">
        <h2>{t("replay.door_title")}</h2>
        <div className="door" data-testid="replay-door" aria-busy={loading}>
          <FileText className="i" aria-hidden />
          <p>{t("replay.door_body")}</p>
          <div className="door-acts">
            <button type="button" className="btn primary" disabled={loading} onClick={() => input.current?.click()}>
              {loading && <span className="spin" />}
              {t(loading ? "replay.loading" : "replay.door_choose")}
            </button>
            <button type="button" className="btn ghost" onClick={() => go(null)}>
              {t("replay.door_back")}
            </button>
          </div>
          <input
            ref={input}
            type="file"
            hidden
            data-testid="replay-file"
            accept=".jsonl,.ndjson,application/x-ndjson"
            onChange={(event) => {
              const file = event.target.files?.[0];
              event.target.value = "";
              if (file !== undefined) replays.playFile(app, file);
            }}
          />
        </div>
        <p className="door-problem" role="alert" data-testid="replay-problem">
          {problem !== null &&
            t(`replay.problem.${problem.why}`, { line: 0, expected: 0, head: 0, field: "", ...problem })}
        </p>
      </div>
    </div>
  );
}
