import { Blocks, Plug } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { nameParts } from "../conversation/call-state.ts";
import { listTools } from "./gateway-settings.ts";
import { toolGroups } from "./tool-groups.ts";
import { useLoaded } from "./use-loaded.ts";

/** Milliseconds between two looks at servers that are not there yet. */
const LOOK_AGAIN = 1_000;

/** The tools that there are now, by where they come from. */
export function ToolList() {
  const { t } = useTranslation();
  const [loaded, again] = useLoaded(listTools);
  useEffect(() => {
    if (loaded.state !== "loaded" || !loaded.value.servers.some(({ state }) => state === "connecting")) return;
    const timer = setTimeout(again, LOOK_AGAIN);
    return () => clearTimeout(timer);
  }, [loaded, again]);
  return (
    <section>
      <h3>{t("settings.tools")}</h3>
      {loaded.state === "failed" && <p role="alert">{t("settings.failed", { reason: loaded.reason })}</p>}
      {loaded.state === "loaded" && (
        <ul>
          {toolGroups(loaded.value).map(({ server, status, tools }) => (
            <li key={server ?? ""} className="rule-row" data-testid="tool-group" data-server={server ?? ""}>
              {server === null ? <Blocks className="i" aria-hidden /> : <Plug className="i" aria-hidden />}
              <span>
                {server ?? t("settings.built_in")}
                <small className="mono">{tools.map(({ name }) => nameParts(name).tool).join(", ")}</small>
                {status?.reason !== undefined && (
                  <small className={status.state === "failed" ? "server-reason" : undefined} dir="auto">
                    {status.reason}
                  </small>
                )}
              </span>
              <small>
                {server === null ? "" : `${t("settings.mcp")} · `}
                {status !== null && (
                  <span className="server-state" data-state={status.state}>
                    {t(`settings.server_${status.state}`)}
                  </span>
                )}
                {status === null ? "" : " · "}
                {t("settings.count", { count: tools.length })}
              </small>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
