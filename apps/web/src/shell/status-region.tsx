import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { announce } from "./announcements.ts";
import { useApp } from "./app-context.ts";
import { useRejectReason } from "./use-reject-reason.ts";

/** Every message of `say.*` names some of these. */
type SayValues = Record<"answer" | "n" | "question" | "reason" | "tool", string | number>;

/** The one polite region of the page: says what happens now, never what history holds. */
export function StatusRegion() {
  const { t } = useTranslation();
  const { session, client } = useApp();
  const reasonOf = useRejectReason();
  const [words, setWords] = useState("");
  useEffect(() => {
    let lastStep = 0;
    return session.subscribe((state, before) => {
      if (state.link !== "live" || before.link !== "live" || state.session_id !== before.session_id) return;
      const news = announce(before.view, state.view, Date.now() - lastStep);
      if (news === null) return;
      if (news.key === "step" || news.key === "started") lastStep = Date.now();
      setWords(t(`say.${news.key}`, news.values as SayValues));
    });
  }, [session, t]);
  useEffect(() => {
    let wasOnline = client.connection.get().state === "online";
    const known = new Set<string>();
    const undo = [
      client.connection.subscribe(() => {
        const { state } = client.connection.get();
        if (wasOnline && state === "waiting") setWords(t("say.offline"));
        if (!wasOnline && state === "online") setWords(t("say.live"));
        if (state === "online" || state === "waiting") wasOnline = state === "online";
      }),
      client.outbox.subscribe(() => {
        for (const { message_id, reason } of client.outbox.get()) {
          if (reason === undefined || known.has(message_id)) continue;
          known.add(message_id);
          setWords(t("say.not_sent", { reason: reasonOf(reason.code, reason.message) }));
        }
      }),
    ];
    return () => {
      for (const stop of undo) stop();
    };
  }, [client, reasonOf, t]);
  return (
    <div className="sr" role="status" aria-live="polite">
      {words}
    </div>
  );
}
