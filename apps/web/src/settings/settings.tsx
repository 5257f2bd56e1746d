import { Bell, Cpu, Info, Keyboard, type LucideIcon, Monitor, Plug, ShieldCheck } from "lucide-react";
import { type ComponentType, type KeyboardEvent, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type SettingsSection, useApp } from "../shell/app-context.ts";
import { Dialog } from "../shell/dialog.tsx";
import { SECTIONS } from "../shell/palette-commands.ts";
import { AboutPane } from "./about-pane.tsx";
import { Appearance } from "./appearance.tsx";
import { EndpointList } from "./endpoint-list.tsx";
import { KeyList } from "./key-list.tsx";
import { NotifySwitch } from "./notify-switch.tsx";
import { PermissionList } from "./permission-list.tsx";
import { ToolList } from "./tool-list.tsx";
import "../styles/settings.css";

export interface SettingsProps {
  section: SettingsSection;
  closed(): void;
}

const PANES: Record<SettingsSection, [LucideIcon, ComponentType]> = {
  models: [Cpu, EndpointList],
  permissions: [ShieldCheck, PermissionList],
  tools: [Plug, ToolList],
  appearance: [Monitor, Appearance],
  notifications: [Bell, NotifySwitch],
  keys: [Keyboard, KeyList],
  about: [Info, AboutPane],
};

/** The settings, a section at a time. */
export default function Settings({ section, closed }: SettingsProps) {
  const { t } = useTranslation();
  const { screen } = useApp();
  const id = useId();
  const tabs = useRef<HTMLDivElement>(null);
  // On a phone they stand in a row that is wider than the window.
  useEffect(() => {
    tabs.current
      ?.querySelector(`[data-testid="settings-${section}"]`)
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [section]);
  const show = (next: SettingsSection) => screen.setState({ overlay: { kind: "settings", section: next } });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = (SECTIONS.indexOf(section) + by + SECTIONS.length) % SECTIONS.length;
    show(SECTIONS[next]!);
    event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  const [, Pane] = PANES[section];
  return (
    <Dialog title={t("settings.title")} closed={closed} wide>
      <div className="dlg-main" data-testid="settings">
        <div className="dlg-nav" role="tablist" ref={tabs} aria-label={t("settings.title")} onKeyDown={onKeyDown}>
          {SECTIONS.map((name) => {
            const [Icon] = PANES[name];
            return (
              <button
                key={name}
                type="button"
                role="tab"
                id={`${id}-${name}`}
                data-testid={`settings-${name}`}
                aria-selected={name === section}
                aria-controls={`${id}-pane`}
                tabIndex={name === section ? 0 : -1}
                onClick={() => show(name)}
              >
                <Icon className="i" aria-hidden />
                {t(`section.${name}`)}
              </button>
            );
          })}
        </div>
        <div
          className="dlg-pane set"
          role="tabpanel"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          id={`${id}-pane`}
          aria-labelledby={`${id}-${section}`}
        >
          <Pane />
        </div>
      </div>
    </Dialog>
  );
}
