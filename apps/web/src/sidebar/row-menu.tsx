import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Menu } from "../shell/chunks.tsx";

export function RowMenu({ title, rename, remove }: { title: string; rename: () => void; remove: () => void }) {
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
  if (!opened) return button;
  return (
    <Menu
      trigger={button}
      closed={() => setOpened(false)}
      entries={[
        { id: "rename", label: t("session.rename"), icon: Pencil, choose: rename },
        { id: "delete", label: t("session.delete"), icon: Trash2, danger: true, choose: remove },
      ]}
    />
  );
}
