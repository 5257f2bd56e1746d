import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { announce, isUrgent } from "./announcements.ts";
import { useApp } from "./app-context.ts";
import { useRejectReason } from "./use-reject-reason.ts";

/** Every message of `say.*` names some of these. */
type SayValues = Record<"answer" | "m" | "n" | "question" | "reason" | "tool", string | number>;

/** Characters of a question that are read out; the card holds all of it. */
const SPOKEN = 500;

/** The page's two live regions, one of them for what must be heard at once: what happens now, never what history holds. */
export default function StatusRegion() {
  const { t } = useTranslation();
  const { session, asks, client } = useApp();
  const reasonOf = useRejectReason();
  const [words, setWords] = useState("");
  const [urgent, setUrgent] = useState("");
  useEffect(() => {
    let lastStep = 0;
    return session.subscribe((state, before) => {
      if (state.link !== "live" || before.link !== "live" || state.session_id !== before.session_id) return;
      const news = announce(before.view, state.view, Date.now() - lastStep);
      if (news === null) return;
      if (news.key === "step" || news.key === "started") lastStep = Date.now();
      (isUrgent(news) ? setUrgent : setWords)(t(`say.${news.key}`, news.values as SayValues));
    });
  }, [session, t]);
  useEffect(
    () =>
      asks.subscribe((state, before) => {
        const known = new Set(before.asks.map(({ item }) => item.request_id));
        const fresh = state.asks.find(({ item }) => !known.has(item.request_id));
        if (fresh !== undefined) setUrgent(t("say.waiting", { question: fresh.item.content.slice(0, SPOKEN) }));
      }),
    [asks, t],
  );
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
          setUrgent(t("say.not_sent", { reason: reasonOf(reason.code, reason.message) }));
        }
      }),
    ];
    return () => {
      for (const stop of undo) stop();
    };
  }, [client, reasonOf, t]);
  return (
    <>
      <div className="sr" role="status" aria-live="polite">
        {words}
      </div>
      <div className="sr" role="alert" aria-live="assertive" data-testid="urgent">
        {urgent}
      </div>
    </>
  );
}
