import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp } from "./app-context.ts";
import { useAloud } from "./use-aloud.ts";
import { useRejectReason } from "./use-reject-reason.ts";

/** Characters of a question that are read out; the card holds all of it. */
const SPOKEN = 500;

/**
 * The page's live regions: for what is heard in turn, for what must be heard at once, and for whether there is a
 * connection, which waits behind nothing. What happens now, never what history holds.
 */
export default function StatusRegion() {
  const { t } = useTranslation();
  const { asks, client } = useApp();
  const reasonOf = useRejectReason();
  const [urgent, setUrgent] = useState({ id: 0, text: "" });
  const interrupt = useCallback((text: string) => setUrgent(({ id }) => ({ id: id + 1, text })), []);
  const lines = useAloud(interrupt);
  const [link, setLink] = useState<"offline" | "live" | null>(null);
  useEffect(
    () =>
      asks.subscribe((state, before) => {
        const known = new Set(before.asks.map(({ item }) => item.request_id));
        const fresh = state.asks.find(({ item }) => !known.has(item.request_id));
        if (fresh !== undefined) interrupt(t("say.waiting", { question: fresh.item.content.slice(0, SPOKEN) }));
      }),
    [asks, interrupt, t],
  );
  useEffect(() => {
    let wasOnline = client.connection.get().state === "online";
    return client.connection.subscribe(() => {
      const { state } = client.connection.get();
      // Attempts that fail are no news, and neither is the first connection of all.
      if (wasOnline && state === "waiting") setLink("offline");
      if (state === "online") setLink((said) => (said === "offline" ? "live" : said));
      if (state === "online" || state === "waiting") wasOnline = state === "online";
    });
  }, [client]);
  useEffect(() => {
    const known = new Set<string>();
    return client.outbox.subscribe(() => {
      for (const { message_id, reason } of client.outbox.get()) {
        if (reason === undefined || known.has(message_id)) continue;
        known.add(message_id);
        interrupt(t("say.not_sent", { reason: reasonOf(reason.code, reason.message) }));
      }
    });
  }, [client, interrupt, reasonOf, t]);
  return (
    <>
      <div className="sr" role="status" aria-live="polite" aria-atomic="false">
        {lines.map(({ id, text }) => (
          <p key={id} lang={languageOf(text)}>
            {text}
          </p>
        ))}
      </div>
      <div className="sr" role="alert" aria-live="assertive" data-testid="urgent">
        {/* The same words once more are heard once more. */}
        <p key={urgent.id}>{urgent.text}</p>
      </div>
      <div className="sr" role="status" aria-live="assertive" data-testid="link-said">
        {link !== null && <p>{t(`say.${link}`)}</p>}
      </div>
    </>
  );
}
