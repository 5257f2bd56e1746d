import type { OutboxEntry } from "@millrace/client";
import { CloudOff, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useConnection, useOutbox } from "../shell/app-context.ts";
import { useRejectReason } from "../shell/use-reject-reason.ts";
import { ChipWords } from "./chip-words.tsx";
import { FileCount } from "./file-count.tsx";

/** A message of which the server said nothing for so long is shown as being sent: on a good line none is. Milliseconds. */
const LATE_MS = 1_000;

export interface OutboxChipsProps {
  session_id: string | null;
  /** Puts a refused message back into the box. */
  edit(content: string, attachments: readonly string[]): void;
}

/** Messages that the server does not have: they are on their way for long, wait for the connection, or were refused. */
export function OutboxChips({ session_id, edit }: OutboxChipsProps) {
  const { t } = useTranslation();
  const own = useOutbox().filter((entry) => entry.session_id === session_id);
  if (own.length === 0) return null;
  return (
    <ul className="chips" aria-label={t("unsent.outbox")}>
      {own.map((entry) => (
        <Chip key={entry.message_id} entry={entry} edit={edit} />
      ))}
    </ul>
  );
}

function Chip({ entry, edit }: { entry: OutboxEntry; edit: OutboxChipsProps["edit"] }) {
  const { t } = useTranslation();
  const { client } = useApp();
  const online = useConnection().state === "online";
  const late = useLate();
  const reasonOf = useRejectReason();
  const { message_id, content, state, reason, attachments = [] } = entry;
  const rejected = state === "rejected";
  const sending = online && !rejected;
  if (sending && !late) return null;
  return (
    <li className="chip" data-testid="outbox" data-state={state} data-message-id={message_id}>
      {rejected && <TriangleAlert className="i s14" aria-hidden />}
      {sending && <span className="spin quiet" />}
      {!rejected && !sending && <CloudOff className="i s14" aria-hidden />}
      <ChipWords said={content}>
        {rejected && reason !== undefined
          ? t("unsent.rejected", { reason: reasonOf(reason.code, reason.message) })
          : t(sending ? "unsent.sending" : "unsent.later")}
      </ChipWords>
      {attachments.length > 0 && <FileCount n={attachments.length} />}
      {rejected && (
        <button
          type="button"
          className="btn small ghost"
          onClick={() => {
            if (client.withdraw(message_id)) edit(content, attachments);
          }}
        >
          {t("unsent.edit")}
        </button>
      )}
      {state !== "sent" && (
        <button
          type="button"
          className="icon-btn s24"
          aria-label={t("unsent.remove", { text: content.slice(0, 80) })}
          onClick={() => client.withdraw(message_id)}
        >
          <X className="i s14" aria-hidden />
        </button>
      )}
    </li>
  );
}

function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late;
}
