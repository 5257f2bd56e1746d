import type { OutboxEntry } from "@millrace/client";
import { CloudOff, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { useApp, useConnection, useOutbox } from "../shell/app-context.ts";
import { useRejectReason } from "../shell/use-reject-reason.ts";
import { FileCount } from "./file-count.tsx";

export interface OutboxChipsProps {
  session_id: string | null;
  /** Puts a refused message back into the box. */
  edit(content: string, attachments: readonly string[]): void;
}

/** Messages that the server does not have: they wait for the connection, or were refused. */
export function OutboxChips({ session_id, edit }: OutboxChipsProps) {
  const { t } = useTranslation();
  const online = useConnection().state === "online";
  const own = useOutbox().filter((entry) => entry.session_id === session_id && (!online || entry.state === "rejected"));
  if (own.length === 0) return null;
  return (
    <ul className="chips" aria-label={t("composer.outbox")}>
      {own.map((entry) => (
        <Chip key={entry.message_id} entry={entry} edit={edit} />
      ))}
    </ul>
  );
}

function Chip({ entry, edit }: { entry: OutboxEntry; edit: OutboxChipsProps["edit"] }) {
  const { t } = useTranslation();
  const { client } = useApp();
  const reasonOf = useRejectReason();
  const { message_id, content, state, reason, attachments = [] } = entry;
  const rejected = state === "rejected";
  return (
    <li className="chip" data-testid="outbox" data-state={state} data-message-id={message_id}>
      {rejected ? <TriangleAlert className="i s14" aria-hidden /> : <CloudOff className="i s14" aria-hidden />}
      <span className="txt ell" lang={languageOf(content)}>
        {content}
      </span>
      {attachments.length > 0 && <FileCount n={attachments.length} />}
      <span className="tag">
        {rejected && reason !== undefined
          ? t("composer.rejected", { reason: reasonOf(reason.code, reason.message) })
          : t("composer.later")}
      </span>
      {rejected && (
        <button
          type="button"
          className="btn small ghost"
          onClick={() => {
            if (client.withdraw(message_id)) edit(content, attachments);
          }}
        >
          {t("composer.edit")}
        </button>
      )}
      {state !== "sent" && (
        <button
          type="button"
          className="icon-btn s24"
          aria-label={t("composer.remove", { text: content.slice(0, 80) })}
          onClick={() => client.withdraw(message_id)}
        >
          <X className="i s14" aria-hidden />
        </button>
      )}
    </li>
  );
}
