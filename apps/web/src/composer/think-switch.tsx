import { Lightbulb } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { currentModel, currentThinking } from "./choices.ts";

/** Whether the model thinks before it answers; not there for the demo, whose answers are recorded. */
export function ThinkSwitch() {
  const { t } = useTranslation();
  const { screen } = useApp();
  const session_id = useSession((state) => state.session_id);
  const view = useSession((state) => state.view);
  const model = useScreen((state) => {
    const id = currentModel(state, session_id, view);
    return state.models?.models.find((other) => other.id === id) ?? null;
  });
  const said = useScreen((state) => currentThinking(state, view));
  if (model === null || model.demo === true) return null;
  const on = said ?? model.thinking ?? false;
  return (
    <button
      type="button"
      className="model think"
      data-testid="think"
      aria-pressed={on}
      aria-label={t("composer.think")}
      onClick={() => screen.setState({ thinking: !on })}
    >
      <Lightbulb className="i" aria-hidden />
      <span className="not-small">{t("composer.think")}</span>
    </button>
  );
}
