import { useTranslation } from "react-i18next";
import { Dialog } from "../shell/dialog.tsx";
import { PermissionList } from "./permission-list.tsx";
import { ToolList } from "./tool-list.tsx";

export interface SettingsProps {
  closed(): void;
}

/** What the agent may do without asking, and with what. */
export default function Settings({ closed }: SettingsProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("settings.title")} closed={closed}>
      <div className="set" data-testid="settings">
        <PermissionList />
        <ToolList />
      </div>
    </Dialog>
  );
}
