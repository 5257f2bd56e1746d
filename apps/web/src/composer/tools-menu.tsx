import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";
import { listTools } from "../settings/gateway-settings.ts";
import { useLoaded } from "../settings/use-loaded.ts";

export interface ToolsMenuProps {
  trigger: ReactElement;
  excluded: readonly string[];
  choose(excluded: readonly string[]): void;
  closed(): void;
}

/** The tools there are, each to be switched on or off; it stays open meanwhile. Loaded when first needed. */
export default function ToolsMenu({ trigger, excluded, choose, closed }: ToolsMenuProps) {
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
    <DropdownMenu.Root defaultOpen modal={false} onOpenChange={(open) => open || closed()}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu tools-menu" align="start" sideOffset={4} collisionPadding={8}>
          {tools === null ? (
            <DropdownMenu.Label className="menu-label">
              {loaded.state === "failed" ? t("settings.failed", { reason: loaded.reason }) : t("files.tools_loading")}
            </DropdownMenu.Label>
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
                {name}
                <small className="clip">{description}</small>
              </span>
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const Tick = () => (
  <span className="tick">
    <DropdownMenu.ItemIndicator>
      <Check className="i s14" aria-hidden />
    </DropdownMenu.ItemIndicator>
  </span>
);
