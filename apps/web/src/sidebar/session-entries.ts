import { FileJson, FileText, Link, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { copyText } from "../shell/copy-text.ts";
import type { MenuEntry } from "../shell/menu.tsx";
import { addressOf } from "../shell/route.ts";
import { downloadSession } from "./download-session.ts";

interface SessionDoings {
  session_id: string;
  rename(): void;
  remove(): void;
  /** Hears whether the link is on the clipboard. */
  copied(done: boolean): void;
}

interface SessionEntries {
  readonly rename: MenuEntry;
  readonly link: MenuEntry;
  readonly exports: readonly MenuEntry[];
  readonly remove: MenuEntry;
}

/** What can be done with a conversation, as entries of a menu. */
export function useSessionEntries({ session_id, rename, remove, copied }: SessionDoings): SessionEntries {
  const { t } = useTranslation();
  const exported = (format: "jsonl" | "md") => () => downloadSession(session_id, format);
  const copy = () => {
    copyText(new URL(addressOf(session_id), location.href).href).then(copied, () => copied(false));
  };
  return {
    rename: { id: "rename", label: t("row.rename"), icon: Pencil, choose: rename },
    link: { id: "link", label: t("share.copy_link"), icon: Link, choose: copy },
    exports: [
      { id: "md", label: t("row.export_md"), icon: FileText, choose: exported("md") },
      { id: "jsonl", label: t("row.export_jsonl"), icon: FileJson, choose: exported("jsonl") },
    ],
    remove: { id: "delete", label: t("row.delete"), icon: Trash2, danger: true, choose: remove },
  };
}
