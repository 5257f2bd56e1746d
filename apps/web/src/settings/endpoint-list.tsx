import { Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useScreen } from "../shell/app-context.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { tokens } from "../time/format.ts";
import { loadAbout } from "./gateway-settings.ts";
import { useLoaded } from "./use-loaded.ts";

/** What a configuration file needs for one more endpoint. */
const SNIPPET = JSON.stringify(
  {
    providers: { example: { base_url: "https://api.example.com/v1", api_key: { env: "EXAMPLE_API_KEY" } } },
    models: [{ id: "model-name", provider: "example", context: 128_000 }],
  },
  null,
  2,
);

/** The endpoints, what each offers, and how one more is added. Nothing is changed from here: keys stay at the server. */
export function EndpointList() {
  const { t } = useTranslation();
  const [about] = useLoaded(loadAbout);
  const offered = useScreen((state) => state.models);
  const nameOf = (name: string) => (name === "env" || name === "demo" ? t(`endpoints.${name}`) : name);
  const words = (id: string) => {
    const model: OfferedModel | undefined = offered?.models.find((other) => other.id === id);
    return [
      ...(offered?.default === id ? [t("endpoints.default")] : []),
      ...(model?.context === undefined ? [] : [t("composer.context", { n: tokens(model.context) })]),
      ...(model?.thinking === true ? [t("endpoints.thinks")] : []),
      ...(model?.images === true ? [t("endpoints.images")] : []),
    ].join(" · ");
  };
  return (
    <>
      <section>
        <h3>{t("endpoints.title")}</h3>
        <p className="lead">{t("endpoints.lead")}</p>
        {about.state === "failed" && <p role="alert">{t("settings.failed", { reason: about.reason })}</p>}
        {about.state === "loaded" &&
          about.value.providers.map(({ name, host, models }) => (
            <div key={name} className="endpoint" data-testid="endpoint" data-provider={name}>
              <Server className="i" aria-hidden />
              <div>
                <b>{nameOf(name)}</b> {host !== undefined && <code>{host}</code>}
                <ul>
                  {models.map((id) => (
                    <li key={id}>
                      <code>{id}</code>
                      <small>{words(id)}</small>
                    </li>
                  ))}
                </ul>
              </div>
            </div>
          ))}
      </section>
      {about.state === "loaded" && (
        <section>
          <h3>{t("endpoints.add")}</h3>
          {about.value.local ? (
            <>
              <p className="lead">{t("endpoints.add_lead")}</p>
              <p className="lead">
                {about.value.config_file === null
                  ? t("endpoints.no_file")
                  : t("endpoints.file", { file: about.value.config_file })}
              </p>
              <div className="code">
                <div className="code-head">
                  <span className="grow">JSON</span>
                  <CopyButton text={SNIPPET} label={t("code.copy")} />
                </div>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
                <pre tabIndex={0}>{SNIPPET}</pre>
              </div>
            </>
          ) : (
            <p className="lead">{t("endpoints.operator")}</p>
          )}
        </section>
      )}
    </>
  );
}

interface OfferedModel {
  readonly context?: number;
  readonly thinking?: boolean;
  readonly images?: boolean;
}
