import { type Message, openTurn } from "@millrace/protocol";
import { CornerUpRight, ListEnd, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp, useSession } from "../shell/app-context.ts";
import { ChipWords } from "./chip-words.tsx";
import { FileCount } from "./file-count.tsx";
import { useSend } from "./use-send.ts";

/** Messages that wait for the open run, each with its way back. Without a run a message is about to be read. */
export function QueuedChips() {
  const { t } = useTranslation();
  const { client } = useApp();
  const session_id = useSession((state) => state.session_id);
  const queue = useSession((state) => (openTurn(state.view) === null ? null : state.view.queue));
  const send = useSend();
  if (queue === null || queue.length === 0 || session_id === null) return null;
  /** Taken back and said again: what the run has taken meanwhile stays as it is. */
  const steer = ({ message_id, content, attachments }: Message) => {
    client.unsend(session_id, message_id).then(
      () => send(content, "steer", attachments),
      () => undefined,
    );
  };
  return (
    <ul className="chips" aria-label={t("unsent.queued")}>
      {queue.map((message) => {
        const { message_id, content, mode, attachments } = message;
        const said = content.trim() === "" ? attachments.map(({ name }) => name).join(", ") : content;
        return (
          <li key={message_id} className="chip" data-testid="queued" data-message-id={message_id}>
            {mode === "steer" ? (
              <CornerUpRight className="i s14" aria-hidden />
            ) : (
              <ListEnd className="i s14" aria-hidden />
            )}
            <ChipWords said={said}>{t(mode === "steer" ? "unsent.steering_tag" : "unsent.queued_tag")}</ChipWords>
            {attachments.length > 0 && <FileCount n={attachments.length} />}
            {mode === "queue" && (
              <button type="button" className="btn small ghost" onClick={() => steer(message)}>
                {t("composer.steer")}
              </button>
            )}
            <button
              type="button"
              className="icon-btn s24"
              aria-label={t("unsent.take_back", { text: said.slice(0, 80) })}
              onClick={() => {
                client.unsend(session_id, message_id).catch(() => undefined);
              }}
            >
              <X className="i s14" aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
