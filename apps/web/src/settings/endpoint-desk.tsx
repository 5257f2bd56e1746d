import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../shell/copy-button.tsx";
import { EndpointForm } from "./endpoint-form.tsx";
import { type Endpoint, listEndpoints, removeEndpoint } from "./endpoint-requests.ts";
import { EndpointRow } from "./endpoint-row.tsx";
import { useLoaded } from "./use-loaded.ts";
import "../styles/endpoints.css";

/** What a configuration file needs for one more endpoint. */
const SNIPPET = JSON.stringify(
  {
    providers: { example: { base_url: "https://api.example.com/v1", api_key: { env: "EXAMPLE_API_KEY" } } },
    models: [{ id: "model-name", provider: "example", context: 128_000 }],
  },
  null,
  2,
);

interface Props {
  /** The configuration file's path; null where there is none. */
  file: string | null;
}

/** Where nobody signs in: the endpoints, of which the person adds, changes and removes their own. */
export function EndpointDesk({ file }: Props) {
  const { t } = useTranslation();
  const [loaded, again] = useLoaded(listEndpoints);
  /** The name of the one that is being written; empty: a new one. */
  const [open, setOpen] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<string | null>(null);
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const focused = useRef<string | null>(null);
  const desk = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What had the focus is gone with what was done.
    if (focused.current === null) return;
    const found = desk.current?.querySelector<HTMLElement>(`[data-act="${CSS.escape(focused.current)}"]`);
    if (found === null || found === undefined) return;
    found.focus();
    focused.current = null;
  });
  const endpoints = loaded.state === "loaded" ? loaded.value : [];
  const close = (focus: string) => {
    setOpen(null);
    setLeaving(null);
    focused.current = focus;
  };
  const remove = (name: string) =>
    removeEndpoint(name).then(
      () => {
        setProblem(null);
        setTold(t("endpoint.removed", { name }));
        close("add");
        again();
      },
      (error: Error) => {
        const reason = "code" in error && error.code === "in_use" ? t("endpoint.in_use") : error.message;
        setProblem(t("endpoint.not_removed", { reason }));
        close(`remove ${name}`);
      },
    );
  const form = (endpoint: Endpoint | null) => (
    <EndpointForm
      endpoint={endpoint}
      others={endpoints.filter((other) => other !== endpoint && other.source !== "demo")}
      cancelled={() => close(endpoint === null ? "add" : `edit ${endpoint.name}`)}
      saved={(name) => {
        setProblem(null);
        setTold(t("endpoint.saved", { name }));
        close(`edit ${name}`);
        again();
      }}
    />
  );
  return (
    <div ref={desk} className="endpoint-desk">
      <section>
        <h3>{t("endpoints.title")}</h3>
        <p className="lead">{t("endpoints.lead")}</p>
        {loaded.state === "failed" && <p role="alert">{t("settings.failed", { reason: loaded.reason })}</p>}
        {endpoints.map((endpoint) =>
          open === endpoint.name ? (
            <div key={endpoint.name}>{form(endpoint)}</div>
          ) : (
            <EndpointRow
              key={endpoint.name}
              endpoint={endpoint}
              leaving={leaving === endpoint.name}
              edit={() => {
                setTold("");
                setOpen(endpoint.name);
              }}
              askRemoval={() => {
                setTold("");
                setProblem(null);
                setLeaving(endpoint.name);
              }}
              keep={() => close(`remove ${endpoint.name}`)}
              remove={() => void remove(endpoint.name)}
            />
          ),
        )}
        <p role="status" className="endpoint-told">
          {told}
        </p>
        {problem !== null && <p role="alert">{problem}</p>}
        {loaded.state === "loaded" && open === null && (
          <button type="button" className="btn" data-act="add" data-testid="endpoint-add" onClick={() => setOpen("")}>
            <Plus className="i s14" aria-hidden />
            {t("endpoint.add")}
          </button>
        )}
        {open === "" && form(null)}
      </section>
      <details>
        <summary>{t("endpoint.other_way")}</summary>
        <p className="lead">{t("endpoints.add_lead")}</p>
        <p className="lead">{file === null ? t("endpoints.no_file") : t("endpoints.file", { file })}</p>
        <div className="code">
          <div className="code-head">
            <span className="grow">JSON</span>
            <CopyButton text={SNIPPET} label={t("code.copy")} />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <pre tabIndex={0}>{SNIPPET}</pre>
        </div>
      </details>
    </div>
  );
}
