import { REJECT_CODES, type RejectCode } from "@millrace/protocol";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** Why the server refused something, in the reader's language; in its own words where it is newer than this page. */
export function useRejectReason(): (code: RejectCode, message: string) => string {
  const { t } = useTranslation();
  return useCallback((code, message) => (Object.hasOwn(REJECT_CODES, code) ? t(`reject.${code}`) : message), [t]);
}
