import { useTranslation } from "react-i18next";

export interface OlderLateProps {
  ask(): void;
}

/** Where the beginning of a conversation is to be: that it has not come, and what can be done. Takes no room. */
export default function OlderLate({ ask }: OlderLateProps) {
  const { t } = useTranslation();
  return (
    <div className="older-late">
      <p data-testid="older-late">
        <span role="status">{t("older.late")}</span>{" "}
        <button type="button" className="link" onClick={ask}>
          {t("older.retry")}
        </button>
      </p>
    </div>
  );
}
