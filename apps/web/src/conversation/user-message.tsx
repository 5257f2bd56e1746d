import { memo } from "react";
import { useTranslation } from "react-i18next";
import { languageOf } from "../i18n/language.ts";

/** What the person said, in its own language. */
export const UserMessage = memo(function UserMessage({ content }: { content: string }) {
  const { t } = useTranslation();
  return (
    <article className="user" data-testid="user-message" aria-label={t("chat.you")}>
      <div className="bubble" lang={languageOf(content)}>
        {content}
      </div>
    </article>
  );
});
