import { Paperclip } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";
import { attach } from "./attach.ts";

export interface DropZoneProps {
  session_id: string | null;
}

const bringsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") === true;

/** Files that are dragged over the page: says what becomes of them, wherever they are dropped. */
export default function DropZone({ session_id }: DropZoneProps) {
  const { t } = useTranslation();
  const app = useApp();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      // It leaves each part of the page that it passes; only out of the page nothing comes next.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      // An exported conversation is opened, not sent.
      if (event.defaultPrevented || !bringsFiles(event)) return;
      event.preventDefault();
      void attach(app, session_id, [...(event.dataTransfer?.files ?? [])]);
      document.getElementById("composer")?.focus();
    };
    window.addEventListener("dragover", onDragOver);
    window.addEventListener("dragleave", onDragLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onDragOver);
      window.removeEventListener("dragleave", onDragLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [app, session_id]);
  if (!over) return null;
  return (
    <div className="drop" data-testid="drop-zone">
      <div className="drop-card">
        <Paperclip className="i" aria-hidden />
        <b>{t("files.drop")}</b>
        <span>{t("files.drop_note")}</span>
      </div>
    </div>
  );
}
