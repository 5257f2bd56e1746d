import { Layers } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { ChoiceMenu } from "./choice-menu.tsx";
import { currentAgent } from "./choices.ts";

/** The agent that answers next, where there is more than one. */
export function AgentName() {
  const { t } = useTranslation();
  const { screen } = useApp();
  const view = useSession((state) => state.view);
  const agents = useScreen((state) => state.agents?.agents ?? null);
  const current = useScreen((state) => currentAgent(state, view));
  if (agents === null || current === null || agents.length < 2) return null;
  return (
    <ChoiceMenu
      testId="agent"
      name={t("composer.agent")}
      icon={Layers}
      chosen={current}
      align="start"
      entries={agents.map(({ name, description }) => ({
        id: name,
        label: name === "default" ? t("composer.default_agent") : name,
        detail: description,
        choose: () => screen.setState({ agent: name }),
      }))}
    />
  );
}
