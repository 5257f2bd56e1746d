import { useState } from "react";
import { useTranslation } from "react-i18next";
import { saveDraft } from "../composer/draft.ts";
import { useApp } from "../shell/app-context.ts";
import { Dialog } from "../shell/dialog.tsx";

export interface DeleteSessionProps {
  session_id: string;
  title: string;
  closed(): void;
}

/** Asks before a conversation is removed for good. */
export default function DeleteSession({ session_id, title, closed }: DeleteSessionProps) {
  const { t } = useTranslation();
  const { client, session, sessions, go } = useApp();
  const [problem, setProblem] = useState<string | null>(null);
  const remove = () => {
    client.deleteSession(session_id).then(
      () => {
        saveDraft(session_id, { text: "", files: [] });
        if (session.getState().session_id === session_id) go(null);
        sessions.forget(session_id);
      },
      (error: Error) => setProblem(t("session.not_done", { reason: error.message })),
    );
  };
  return (
    <Dialog
      title={t("session.delete_question")}
      closed={closed}
      actions={
        <>
          <button type="button" className="btn" onClick={closed}>
            {t("session.cancel")}
          </button>
          <button type="button" className="btn danger" onClick={remove}>
            {t("session.delete")}
          </button>
        </>
      }
    >
      <p>{t("session.delete_body", { title })}</p>
      {problem !== null && <p role="alert">{problem}</p>}
    </Dialog>
  );
}
