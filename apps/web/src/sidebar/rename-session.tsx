import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../shell/app-context.ts";

export interface RenameSessionProps {
  session_id: string;
  title: string;
  done(): void;
}

/** A title being written: Enter and leaving keep it, Esc does not. The row shows it when the log says so. */
export default function RenameSession({ session_id, title, done }: RenameSessionProps) {
  const { t } = useTranslation();
  const { client } = useApp();
  const input = useRef<HTMLInputElement>(null);
  const closed = useRef(false);
  useEffect(() => input.current?.select(), []);
  const finish = (keep: boolean) => {
    if (closed.current) return;
    closed.current = true;
    const next = input.current?.value.trim() ?? "";
    if (keep && next !== "" && next !== title) client.updateSession(session_id, { title: next }).catch(() => undefined);
    done();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    // What gets the focus now must not be pressed by the same key.
    event.preventDefault();
    finish(event.key === "Enter");
  };
  return (
    <div className="sess-rename">
      <span className="dot" />
      <input
        ref={input}
        dir="auto"
        defaultValue={title}
        maxLength={200}
        aria-label={t("row.title")}
        onKeyDown={onKeyDown}
        onBlur={() => finish(true)}
      />
    </div>
  );
}
