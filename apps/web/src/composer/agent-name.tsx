import { ChevronDown, Layers } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp, useScreen, useSession } from "../shell/app-context.ts";
import { Menu } from "../shell/chunks.tsx";
import { currentAgent } from "./choices.ts";

/** The agent that answers next, where there is more than one. */
export function AgentName() {
  const { t } = useTranslation();
  const { screen } = useApp();
  const [opened, setOpened] = useState(false);
  const view = useSession((state) => state.view);
  const agents = useScreen((state) => state.agents?.agents ?? null);
  const current = useScreen((state) => currentAgent(state, view));
  if (agents === null || current === null || agents.length < 2) return null;
  const label = (name: string) => (name === "default" ? t("composer.default_agent") : name);
  const button = (
    <button
      type="button"
      className="model agent"
      data-testid="agent"
      aria-label={`${t("composer.agent")}: ${label(current)}`}
      aria-haspopup="menu"
      onClick={() => setOpened(true)}
    >
      <Layers className="i" aria-hidden />
      <span className="ell not-small">{label(current)}</span>
      <ChevronDown className="i s14 not-small" aria-hidden />
    </button>
  );
  if (!opened) return button;
  return (
    <Menu
      trigger={button}
      closed={() => setOpened(false)}
      chosen={current}
      align="start"
      entries={agents.map(({ name, description }) => ({
        id: name,
        label: label(name),
        detail: description,
        choose: () => screen.setState({ agent: name }),
      }))}
    />
  );
}
