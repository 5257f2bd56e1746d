import type { MessageAttachment } from "@millrace/protocol";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";
import { MessageFiles } from "./turn-chunks.tsx";

interface Props {
  content: string;
  files?: readonly MessageAttachment[];
}

/** What the person said, in its own language. */
export const UserMessage = memo(function UserMessage({ content, files = [] }: Props) {
  const { t } = useTranslation();
  return (
    <article className="user" data-testid="user-message" aria-label={t("chat.you")}>
      {files.length > 0 && <MessageFiles files={files} />}
      {content.trim() !== "" && (
        <div className="bubble" dir="auto" lang={languageOf(content)}>
          {content}
        </div>
      )}
    </article>
  );
});
