import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "../shell/app-context.ts";
import { signOut } from "../shell/sign-out.ts";
import { loadAbout } from "./gateway-settings.ts";
import { useLoaded } from "./use-loaded.ts";

/** What this is, which server, who is signed in, and the way out. */
export function AboutPane() {
  const { t } = useTranslation();
  const [about] = useLoaded(loadAbout);
  const connection = useConnection();
  const [problem, setProblem] = useState<string | null>(null);
  const local = about.state === "loaded" && about.value.local;
  return (
    <section>
      <h3>{t("about.title")}</h3>
      <p className="lead">{t("about.what")}</p>
      <div className="set-row">
        <span>{t("about.server")}</span>
        <code>{location.host}</code>
      </div>
      {local && <p className="lead">{t("about.local")}</p>}
      {about.state === "loaded" && !local && (
        <div className="set-row">
          <span>
            {t("about.user")} {connection.state === "online" && <code>{connection.user.id}</code>}
          </span>
          <button
            type="button"
            className="btn small"
            data-testid="sign-out"
            onClick={() => signOut().catch((error: Error) => setProblem(error.message))}
          >
            {t("about.sign_out")}
          </button>
        </div>
      )}
      {problem !== null && <p role="alert">{t("about.not_signed_out", { reason: problem })}</p>}
    </section>
  );
}
