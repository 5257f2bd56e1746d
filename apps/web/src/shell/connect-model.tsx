import { useTranslation } from "react-i18next";
import { CopyButton } from "./copy-button.tsx";
import { Dialog } from "./dialog.tsx";

const VARIABLES = ["OPENAI_BASE_URL=https://api.example.com/v1", "OPENAI_API_KEY=…", "MILLRACE_MODEL=…"].join("\n");

export interface ConnectModelProps {
  closed(): void;
}

/** How the person who runs the server connects a model. */
export default function ConnectModel({ closed }: ConnectModelProps) {
  const { t } = useTranslation();
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
