import { Server } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { EndpointModelList } from "./endpoint-model-list.tsx";
import type { Endpoint } from "./endpoint-requests.ts";

interface Props {
  endpoint: Endpoint;
  /** Whether it is asked if it is to be removed. */
  leaving: boolean;
  edit(): void;
  askRemoval(): void;
  keep(): void;
  remove(): void;
}

/** An endpoint and its models; one that was added here with what can be done with it. */
export function EndpointRow({ endpoint, leaving, edit, askRemoval, keep, remove }: Props) {
  const { t } = useTranslation();
  const { name, source, base_url, key, models } = endpoint;
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (leaving) stay.current?.focus();
  }, [leaving]);
  const from = { config: "of_config", page: "of_page", found: "of_found" } as const;
  const title = source === "environment" ? t("endpoints.env") : source === "demo" ? t("endpoints.demo") : name;
  const keyWords = key === null ? "no_key" : key.last === "" ? "key_kept" : "key_last";
  const words = [
    ...(source in from ? [t(`endpoint.${from[source as keyof typeof from]}`)] : []),
    ...(base_url === null ? [] : [t(`endpoint.${keyWords}`, { last: key?.last ?? "" })]),
  ].join(" · ");
  return (
    <div className="endpoint" data-testid="endpoint" data-provider={name}>
      <Server className="i" aria-hidden />
      <div>
        <div className="endpoint-head">
          <span className="grow">
            <b>{title}</b> {base_url !== null && <code dir="ltr">{base_url}</code>}
            {words !== "" && <small>{words}</small>}
          </span>
          {source === "page" && !leaving && (
            <>
              <button
                type="button"
                className="btn small"
                data-act={`edit ${name}`}
                aria-label={t("endpoint.edit_name", { name })}
                onClick={edit}
              >
                {t("endpoint.edit")}
              </button>
              <button
                type="button"
                className="btn small"
                data-act={`remove ${name}`}
                aria-label={t("endpoint.remove_name", { name })}
                onClick={askRemoval}
              >
                {t("endpoint.remove")}
              </button>
            </>
          )}
        </div>
        {leaving && (
          <fieldset className="endpoint-sure" aria-label={t("endpoint.remove_name", { name })}>
            <p>{t("endpoint.sure", { name })}</p>
            <button ref={stay} type="button" className="btn small" onClick={keep}>
              {t("endpoint.keep")}
            </button>
            <button type="button" className="btn small danger" data-testid="endpoint-remove" onClick={remove}>
              {t("endpoint.remove")}
            </button>
          </fieldset>
        )}
        <EndpointModelList ids={models.map(({ id }) => id)} />
      </div>
    </div>
  );
}
