import { openTurn } from "@millrace/protocol";
import type { TFunction } from "i18next";
import {
  CircleStop,
  FileJson,
  FileText,
  History,
  Keyboard,
  Languages,
  LogOut,
  type LucideIcon,
  OctagonX,
  PanelLeft,
  PanelRight,
  Settings,
  SquarePen,
  SunMoon,
  Trash2,
} from "lucide-react";
import { LANGUAGES } from "../i18n/language.ts";
import type { SessionList } from "../sessions/session-list.ts";
import { stopEveryRun } from "../sessions/stop-runs.ts";
import { downloadSession } from "../sidebar/download-session.ts";
import type { App, SettingsSection, ToldStop } from "./app-context.ts";
import { THEMES } from "./preferences.ts";
import { REPLAY_ADDRESS } from "./route.ts";
import { signOut } from "./sign-out.ts";
import { MOD, SHIFT_MOD, SMALL } from "./use-media.ts";

export interface PaletteCommand {
  readonly id: string;
  readonly label: string;
  /** Found by these as well: the other language's words. */
  readonly also: string;
  readonly icon: LucideIcon;
  readonly keys?: string;
  readonly detail?: string;
  run(): void;
}

/** The names of languages, each in its own. */
export const LANGUAGE_NAMES = { en: "English", "zh-CN": "简体中文" } as const;

export const SECTIONS: readonly SettingsSection[] = [
  "models",
  "permissions",
  "tools",
  "appearance",
  "notifications",
  "keys",
  "about",
];

/** Milliseconds for which the page tells what became of stopping every run. */
const TOLD_MS = 8_000;

/** What can be done now from where the reader is. `signed_in`: whether there is something to sign out of. `held`: the sessions. */
export function paletteCommands(
  app: App,
  t: TFunction,
  title: string,
  signed_in: boolean,
  held: SessionList,
): readonly PaletteCommand[] {
  const { session, screen, preferences, removals, go } = app;
  const { session_id, view } = session.getState();
  const small = matchMedia(SMALL).matches;
  const commands: PaletteCommand[] = [
    {
      id: "new",
      label: t("side.new"),
      also: "new chat 新对话",
      icon: SquarePen,
      keys: `${SHIFT_MOD}O`,
      run: () => go(null),
    },
  ];
  if (openTurn(view) !== null) {
    commands.push({
      id: "stop",
      label: t("palette.stop"),
      also: "stop run cancel 停止当前运行",
      icon: CircleStop,
      keys: "Esc",
      run: () => session.stop(),
    });
  }
  const open = held.filter(({ status }) => status === "running" || status === "waiting");
  if (open.some((one) => one.session_id !== session_id)) {
    commands.push({
      id: "stop_all",
      label: t("palette.stop_all"),
      also: "stop every run all 停止所有运行 全部停止",
      icon: OctagonX,
      detail: t("palette.open_runs", { count: open.length }),
      run: () => stopAll(app),
    });
  }
  if (session_id !== null) {
    for (const [format, icon] of [
      ["md", FileText],
      ["jsonl", FileJson],
    ] as const) {
      const also = "export download 导出 下载";
      commands.push({
        id: `export_${format}`,
        label: t(`palette.export_${format}`),
        also,
        icon,
        run: () => downloadSession(session_id, format),
      });
    }
    const remove = () => {
      removals.begin({ session_id, title });
      go(null);
    };
    commands.push({
      id: "delete",
      label: t("palette.delete"),
      also: "delete remove 删除会话",
      icon: Trash2,
      run: remove,
    });
  }
  const toggle = (panel: "side" | "inspector") => () => {
    if (small) screen.setState(({ sheet }) => ({ sheet: sheet === panel ? null : panel }));
    else if (panel === "side") preferences.setState(({ side }) => ({ side: side === "open" ? "closed" : "open" }));
    else {
      const shown = document.getElementById("inspector") !== null;
      preferences.setState({ inspector: shown ? "closed" : "open" });
    }
  };
  commands.push(
    {
      id: "side",
      label: t("palette.side"),
      also: "sidebar 侧边栏",
      icon: PanelLeft,
      keys: `${MOD}B`,
      run: toggle("side"),
    },
    {
      id: "inspector",
      label: t("palette.inspector"),
      also: "inspector timeline 检查器 时间线",
      icon: PanelRight,
      keys: `${MOD}I`,
      run: toggle("inspector"),
    },
  );
  for (const theme of THEMES) {
    const also = { system: "theme system 主题 跟随系统", light: "theme light 主题 浅色", dark: "theme dark 主题 深色" }[
      theme
    ];
    commands.push({
      id: theme,
      label: t("palette.theme", { theme: t(`theme.${theme}`) }),
      also,
      icon: SunMoon,
      run: () => preferences.setState({ theme }),
    });
  }
  for (const language of LANGUAGES) {
    const label = t("palette.language", { language: LANGUAGE_NAMES[language] });
    commands.push({
      id: language,
      label,
      also: "language chinese english 语言 中文 英文",
      icon: Languages,
      run: () => preferences.setState({ language }),
    });
  }
  for (const section of SECTIONS) {
    const label = section === "keys" ? t("keys.all") : t("palette.settings", { section: t(`section.${section}`) });
    const icon = section === "keys" ? Keyboard : Settings;
    const run = () => screen.setState({ overlay: { kind: "settings", section } });
    commands.push({
      id: section,
      label,
      also: `settings ${section} 设置`,
      icon,
      ...(section === "keys" ? { keys: "?" } : {}),
      run,
    });
  }
  commands.push({
    id: "replay",
    label: t("palette.replay"),
    also: "replay file log 回放 文件 日志",
    icon: History,
    run: () => location.assign(REPLAY_ADDRESS),
  });
  if (signed_in) {
    commands.push({
      id: "sign_out",
      label: t("palette.sign_out"),
      also: "sign out log out 退出登录",
      icon: LogOut,
      run: () => void signOut(),
    });
  }
  return commands;
}

function stopAll({ client, session, screen }: App): void {
  const { session_id, view } = session.getState();
  const shown = openTurn(view);
  const known = session_id === null || shown === null ? [] : ([[session_id, shown.run_id]] as const);
  const tell = (stopped: ToldStop) => {
    screen.setState({ stopped });
    setTimeout(() => screen.setState((now) => (now.stopped === stopped ? { stopped: null } : {})), TOLD_MS);
  };
  stopEveryRun(client, new Map(known)).then(
    (runs) => tell({ runs, reason: runs.reason }),
    (error: Error) => tell({ runs: null, reason: error.message }),
  );
}
