import { Paperclip } from "lucide-react";
import { useTranslation } from "react-i18next";

/** How many files come with a message that waits. */
export function FileCount({ n }: { n: number }) {
  const { t } = useTranslation();
  return (
    <span className="tag count" role="img" aria-label={t("unsent.files", { count: n, n })}>
      <Paperclip className="i s14" aria-hidden />
      {n}
    </span>
  );
}
