import { useTranslation } from "react-i18next";
import type { Failure } from "./frame-message.ts";
import { DRAWING_MS } from "./limits.ts";

/** Says above the code why there is no drawing of it. */
export function FailureLine({ failure }: { failure: Failure }) {
  const { t } = useTranslation();
  return (
    <p className="not-drawn" role="status" data-testid="not-drawn">
      {words()}
    </p>
  );

  function words(): string {
    switch (failure.reason) {
      case "unreadable":
        return failure.line === null ? t("prose.not_drawn") : t("prose.not_drawn_line", { line: failure.line });
      case "slow":
        return t("prose.not_drawn_slow", { seconds: DRAWING_MS / 1_000 });
      case "too_long":
        return t("prose.not_drawn_too_long");
      case "not_loaded":
        return t("prose.not_drawn_not_loaded");
    }
  }
}
