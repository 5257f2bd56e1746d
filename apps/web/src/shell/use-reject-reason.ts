import type { RejectCode } from "@millrace/protocol";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

const WORDED = ["not_found", "too_large", "unknown_model", "rate_limited", "run_limit", "storage_unavailable"] as const;

/** Why the server refused something, in the reader's language where there are words for it. */
export function useRejectReason(): (code: RejectCode, message: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (code, message) => {
      const worded = WORDED.find((name) => name === code);
      return worded === undefined ? message : t(`reject.${worded}`);
    },
    [t],
  );
}
