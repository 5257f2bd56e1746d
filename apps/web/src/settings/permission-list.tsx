import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ToolIcon } from "../conversation/tool-icon.tsx";
import { listPermissions, type Permission, revokePermission } from "./gateway-settings.ts";
import { useLoaded } from "./use-loaded.ts";

/** What was allowed for always, each with its way back. */
export function PermissionList() {
  const { t } = useTranslation();
  const [loaded, again] = useLoaded(listPermissions);
  const [problem, setProblem] = useState<string | null>(null);
  const revoke = (id: string) => {
    revokePermission(id)
      .then(
        () => setProblem(null),
        (error: Error) => setProblem(error.message),
      )
      .finally(again);
  };
  return (
    <section>
      <h3>{t("settings.permissions")}</h3>
      <p className="lead">{t("settings.permissions_lead")}</p>
      {loaded.state === "failed" && <p role="alert">{t("settings.failed", { reason: loaded.reason })}</p>}
      {problem !== null && <p role="alert">{t("session.not_done", { reason: problem })}</p>}
      {loaded.state === "loaded" && loaded.value.length === 0 && <p className="lead">{t("settings.none")}</p>}
      {loaded.state === "loaded" && loaded.value.length > 0 && (
        <ul>
          {loaded.value.map((permission) => (
            <Row key={permission.id} permission={permission} revoke={() => revoke(permission.id)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ permission: { tool, pattern, workspace }, revoke }: { permission: Permission; revoke: () => void }) {
  const { t } = useTranslation();
  return (
    <li className="rule-row" data-testid="permission" data-tool={tool}>
      <ToolIcon name={tool} />
      <span>
        <code>
          {tool} {pattern === tool ? "" : pattern}
        </code>
        <small>{t("settings.always", { workspace })}</small>
      </span>
      <button
        type="button"
        className="btn small"
        aria-label={t("settings.revoke_label", { tool, pattern })}
        onClick={revoke}
      >
        {t("settings.revoke")}
      </button>
    </li>
  );
}
