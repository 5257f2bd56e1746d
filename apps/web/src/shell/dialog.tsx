import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  closed(): void;
  children: ReactNode;
  actions?: ReactNode;
  /** With room for a list of sections; the content brings its own space. */
  wide?: boolean;
}

/** A modal dialog: the browser's own, which holds the focus, gives it back, and closes with Esc. */
export function Dialog({ title, closed, children, actions, wide = false }: Props) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={ref} className={wide ? "dialog wide" : "dialog"} aria-labelledby={titleId} onClose={closed}>
      <div className="dlg-head">
        <h2 id={titleId}>{title}</h2>
        <button
          type="button"
          className="icon-btn s28"
          aria-label={t("empty.close")}
          onClick={() => ref.current?.close()}
        >
          <X className="i" aria-hidden />
        </button>
      </div>
      {wide ? children : <div className="dlg-body">{children}</div>}
      {actions !== undefined && <div className="dlg-acts">{actions}</div>}
    </dialog>
  );
}
