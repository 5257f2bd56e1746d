import { FileJson, FileText, Pencil, Trash2 } from "lucide-react";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import Menu from "../shell/menu.tsx";
import { downloadSession } from "./download-session.ts";

export interface RowActionsProps {
  trigger: ReactElement;
  session_id: string;
  rename(): void;
  remove(): void;
  closed(): void;
}

/** What can be done with a conversation of the list. */
export default function RowActions({ trigger, session_id, rename, remove, closed }: RowActionsProps) {
  const { t } = useTranslation();
  const exported = (format: "jsonl" | "md") => () => downloadSession(session_id, format);
  return (
    <Menu
      trigger={trigger}
      closed={closed}
      entries={[
        { id: "rename", label: t("session.rename"), icon: Pencil, choose: rename },
        { id: "md", label: t("session.export_md"), icon: FileText, choose: exported("md") },
        { id: "jsonl", label: t("session.export_jsonl"), icon: FileJson, choose: exported("jsonl") },
        { id: "delete", label: t("session.delete"), icon: Trash2, danger: true, choose: remove },
      ]}
    />
  );
}
