import { useTranslation } from "react-i18next";
import { exactText } from "../ask/exact-text.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Dialog } from "../shell/dialog.tsx";
import { partsOf, REL } from "./safe-url.ts";

export interface LeaveProps {
  /** Http, https or mailto. */
  url: URL;
  image: boolean;
  closed(): void;
}

/** Shows where a link of the model really leads, whole, before anything is asked of that place. */
export default function Leave({ url, image, closed }: LeaveProps) {
  const { t } = useTranslation();
  const { before, host, after } = partsOf(url);
  const mail = url.protocol === "mailto:";
  return (
    <Dialog
      title={t(mail ? "prose.leave_mail" : image ? "prose.leave_image" : "prose.leave")}
      closed={closed}
      actions={
        <>
          <CopyButton text={url.href} label={t("prose.copy_address")} />
          <span className="grow" />
          <button type="button" className="btn" onClick={closed}>
            {t("prose.cancel")}
          </button>
          <a className="btn primary" href={url.href} rel={REL} target="_blank" onClick={closed}>
            {t("prose.open")}
          </a>
        </>
      }
    >
      <p>{t("prose.leave_body")}</p>
      <p className="address" data-testid="leave-address" dir="ltr">
        {shown(before)}
        <b>{shown(host)}</b>
        {shown(after)}
      </p>
    </Dialog>
  );
}

const shown = (text: string): string =>
  exactText(text)
    .map((piece) => ("code" in piece ? `[${piece.code}]` : piece.text))
    .join("");
