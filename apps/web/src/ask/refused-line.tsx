import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Sent } from "./ask-store.ts";

/** Why the last answer did not count. */
export function RefusedLine({ refused: { why, message } }: { refused: NonNullable<Sent["refused"]> }) {
  const { t } = useTranslation();
  const words = {
    args_changed: t("ask.args_changed"),
    offline: t("ask.not_sent"),
    other: t("ask.refused", { reason: message }),
  }[why];
  return (
    <p className="risk" role="alert" data-testid="ask-refused" data-why={why}>
      <TriangleAlert className="i" aria-hidden />
      <span>{words}</span>
    </p>
  );
}
