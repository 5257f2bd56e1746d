import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { loadAbout } from "../settings/gateway-settings.ts";
import { useLoaded } from "../settings/use-loaded.ts";
import { useApp } from "./app-context.ts";
import { CopyButton } from "./copy-button.tsx";
import { Dialog } from "./dialog.tsx";

const VARIABLES = ["OPENAI_BASE_URL=https://api.example.com/v1", "OPENAI_API_KEY=…", "MILLRACE_MODEL=…"].join("\n");

export interface ConnectModelProps {
  closed(): void;
}

/** How the person who runs the server connects a model: in the settings, where nobody signs in. */
export default function ConnectModel({ closed }: ConnectModelProps) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const [about] = useLoaded(loadAbout);
  const isLocal = about.state === "loaded" && about.value.local;
  useEffect(() => {
    if (!isLocal) return;
    screen.setState({ overlay: { kind: "settings", section: "models" } });
    closed();
  });
  if (about.state === "loading" || isLocal) return null;
  return (
    <Dialog title={t("connect.title")} closed={closed}>
      <p>{t("connect.body")}</p>
      <div className="code">
        <div className="code-head">
          <span className="grow" />
          <CopyButton text={VARIABLES} label={t("code.copy")} />
        </div>
        <pre>{VARIABLES}</pre>
      </div>
      <p>{t("connect.keep")}</p>
    </Dialog>
  );
}
