import { AgentName } from "./agent-name.tsx";
import { ModelName } from "./model-name.tsx";
import { ThinkSwitch } from "./think-switch.tsx";
import { ToolsButton } from "./tools-button.tsx";

export interface ChooseProps {
  what: "model" | "rest";
}

/** What a message is sent with, besides its words. What can be chosen the server says, so it comes after the box. */
export default function Choose({ what }: ChooseProps) {
  if (what === "model") return <ModelName />;
  return (
    <>
      <AgentName />
      <ToolsButton />
      <ThinkSwitch />
    </>
  );
}
