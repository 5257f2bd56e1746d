import { Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EndpointDesk } from "./endpoint-desk.tsx";
import { EndpointModelList } from "./endpoint-model-list.tsx";
import { type About, loadAbout } from "./gateway-settings.ts";
import { useLoaded } from "./use-loaded.ts";

/** The endpoints and what each offers. They are changed from here where nobody signs in. */
export function EndpointList() {
  const { t } = useTranslation();
  const [about] = useLoaded(loadAbout);
  if (about.state === "loaded" && about.value.local) return <EndpointDesk file={about.value.config_file} />;
  return (
    <>
      <section>
        <h3>{t("endpoints.title")}</h3>
        <p className="lead">{t("endpoints.lead")}</p>
        {about.state === "failed" && <p role="alert">{t("settings.failed", { reason: about.reason })}</p>}
        {about.state === "loaded" &&
          about.value.providers.map((provider) => <Provider key={provider.name} {...provider} />)}
      </section>
      {about.state === "loaded" && (
        <section>
          <h3>{t("endpoints.add")}</h3>
          <p className="lead">{t("endpoints.operator")}</p>
        </section>
      )}
    </>
  );
}

function Provider({ name, host, models }: About["providers"][number]) {
  const { t } = useTranslation();
  return (
    <div className="endpoint" data-testid="endpoint" data-provider={name}>
      <Server className="i" aria-hidden />
      <div>
        <b>{name === "env" || name === "demo" ? t(`endpoints.${name}`) : name}</b>{" "}
        {host !== undefined && <code>{host}</code>}
        <EndpointModelList ids={models} />
      </div>
    </div>
  );
}
