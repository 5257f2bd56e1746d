import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { RowActions } from "../shell/chunks.tsx";

interface Props {
  session_id: string;
  title: string;
  rename(): void;
  remove(): void;
}

export function RowMenu({ title, ...actions }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const button = (
    <button
      type="button"
      className="icon-btn s24 sess-menu"
      aria-label={t("session.menu", { title })}
      aria-haspopup="menu"
      onClick={() => setOpened(true)}
    >
      <Ellipsis className="i" aria-hidden />
    </button>
  );
  return opened ? <RowActions trigger={button} {...actions} /> : button;
}
