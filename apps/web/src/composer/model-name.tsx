import { useTranslation } from "react-i18next";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { tokens } from "../time/format.ts";
import { ChoiceMenu } from "./choice-menu.tsx";
import { currentModel } from "./choices.ts";
import { useModelLabel } from "./use-model-label.ts";

/** The model that answers next; a choice where there is more than one. */
export function ModelName() {
  const { t } = useTranslation();
  const { client, screen } = useApp();
  const models = useScreen((state) => state.models);
  const session_id = useSession((state) => state.session_id);
  const view = useSession((state) => state.view);
  const current = useScreen((state) => currentModel(state, session_id, view));
  const label = useModelLabel();
  if (models === null || current === null) return null;
  // One that is not offered any more leaves a choice.
  if (models.models.every(({ id }) => id === current)) {
    return (
      <span className="model">
        <span className="sr">{t("composer.model")}</span>
        <span className="ell">{label(current)}</span>
      </span>
    );
  }
  const choose = (model: string) => {
    if (session_id === null) screen.setState({ new_chat_model: model });
    else client.updateSession(session_id, { model }).catch(() => undefined);
  };
  return (
    <ChoiceMenu
      testId="model"
      name={t("composer.model")}
      chosen={current}
      entries={models.models.map(({ id, context }) => ({
        id,
        label: label(id),
        ...(context === undefined ? {} : { detail: t("composer.context", { n: tokens(context) }) }),
        choose: () => choose(id),
      }))}
    />
  );
}
