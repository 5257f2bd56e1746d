import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { nameParts } from "../conversation/call-state.ts";
import { listTools } from "../settings/gateway-settings.ts";
import { useLoaded } from "../settings/use-loaded.ts";

export interface ToolsMenuProps {
  trigger: ReactElement;
  excluded: readonly string[];
  choose(excluded: readonly string[]): void;
}

/** The tools there are, each to be switched on or off; it stays open meanwhile. Loaded when first needed. */
export default function ToolsMenu({ trigger, ...choice }: ToolsMenuProps) {
  return (
    <DropdownMenu.Root defaultOpen modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu tools-menu" align="start" sideOffset={4} collisionPadding={8}>
          <Tools {...choice} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** They are asked for each time that the menu opens. */
function Tools({ excluded, choose }: Omit<ToolsMenuProps, "trigger">) {
  const { t } = useTranslation();
  const [loaded] = useLoaded(listTools);
  const tools = loaded.state === "loaded" ? loaded.value.tools : null;
  const [off, setOff] = useState<ReadonlySet<string>>(new Set(excluded));
  const change = (names: ReadonlySet<string>) => {
    setOff(names);
    choose([...names]);
  };
  const names = tools?.map(({ name }) => name) ?? [];
  const toggled = (name: string) => new Set(off.has(name) ? [...off].filter((one) => one !== name) : [...off, name]);
  return (
    <>
      {tools === null ? (
        <DropdownMenu.Item className="menu-label" disabled>
          {loaded.state === "failed" ? t("settings.failed", { reason: loaded.reason }) : t("files.tools_loading")}
        </DropdownMenu.Item>
      ) : (
        <DropdownMenu.CheckboxItem
          className="all"
          checked={off.size === 0}
          onSelect={(event) => {
            event.preventDefault();
            change(new Set(off.size === 0 ? names : []));
          }}
        >
          <Tick />
          <span className="grow">{t("files.tools_all")}</span>
        </DropdownMenu.CheckboxItem>
      )}
      {tools?.map(({ name, description }) => (
        <DropdownMenu.CheckboxItem
          key={name}
          checked={!off.has(name)}
          data-tool={name}
          onSelect={(event) => {
            event.preventDefault();
            change(toggled(name));
          }}
        >
          <Tick />
          <span className="grow">
            <ToolName name={name} />
            <small className="clip">{description}</small>
          </span>
        </DropdownMenu.CheckboxItem>
      ))}
    </>
  );
}

/** The tool, and where it comes from if it is not built in. */
function ToolName({ name }: { name: string }) {
  const { server, tool } = nameParts(name);
  return (
    <span className="mono">
      {server !== null && <span className="server">{server} · </span>}
      {tool}
    </span>
  );
}

const Tick = () => (
  <span className="tick">
    <DropdownMenu.ItemIndicator>
      <Check className="i s14" aria-hidden />
    </DropdownMenu.ItemIndicator>
  </span>
);
