import type { SessionSummary } from "@millrace/protocol";
import type { SettingsSection } from "../shell/app-context.ts";
import { DONE, RUNNING, WAITING } from "./page-log.ts";
import type { Story } from "./story.ts";

const HOUR = 3_600_000;
const MENU = '.sess[data-session-id="s-unread"] button';

const session = (session_id: string, hours: number, rest: Partial<SessionSummary>): SessionSummary => ({
  session_id,
  title: "",
  status: "idle",
  head: 9,
  model: null,
  created_at: 0,
  updated_at: Date.now() - hours * HOUR,
  ...rest,
});
const others = [
  session("s-waiting", 0.01, { title: "把录音转成 MP3", status: "waiting" }),
  session("s-unread", 0.02, { title: "Why does the SSE test hang at the end of the night?" }),
  session("s-idle", 0.03, { title: "今天星期几" }),
  session("s-failed", 24, { title: "Compare wake-ups on Redis and Postgres", status: "failed" }),
  session("s-old", 24.1, { title: "整理 0.3 版发布说明" }),
  session("s-older", 80, { title: "Draft a reply to the security report" }),
];
const SEEN = { "s-unread": 1 };

function page(name: string, log: Story["log"], rest: Partial<Story> = {}): Story {
  const own = session(`story-${name}`, 0, { title: "Count the Python files", status: STATUS.get(log) ?? "idle" });
  return {
    name,
    part: "page",
    log,
    later: 0.2,
    sessions: log === null ? others : [own, ...others],
    seen: SEEN,
    ...rest,
  };
}
const STATUS = new Map<Story["log"], SessionSummary["status"]>([
  [RUNNING, "running"],
  [WAITING, "waiting"],
]);
const settings = (section: SettingsSection, rest: Partial<Story> = {}) =>
  page(`settings-${section}`, DONE, { part: "settings", screen: { overlay: { kind: "settings", section } }, ...rest });
const palette = (name: string, log: Story["log"], type: string, rest: Partial<Story> = {}) =>
  page(name, log, {
    part: "palette",
    screen: { overlay: { kind: "palette" } },
    press: type === "" ? [] : [{ into: ".palette input", type }],
    ...rest,
  });
const FOUND = {
  sessions: [
    { ...session("s-found", 70, { title: "When does stop close the tool call?" }) },
    {
      ...session("s-text", 80, { title: "录音" }),
      found: { seq: 4, text: "After stop was pressed the process was still there." },
    },
  ],
};

export const PAGE_STORIES: readonly Story[] = [
  page("page-running", RUNNING, { screen: { selected: "c5" }, preferences: { inspector: "auto" } }),
  page("page-waiting", WAITING, { later: 55 }),
  page("page-done", DONE, { preferences: { tab: "usage" } }),
  page("page-events", RUNNING, { preferences: { tab: "events" } }),
  page("page-new", null),
  page("renaming", DONE, { part: "menus", press: [MENU, '[role="menuitem"]'] }),
  page("menu-session", DONE, { part: "menus", press: [MENU] }),
  page("menu-share", DONE, { part: "menus", press: ['[data-testid="share"]'] }),
  page("menu-conversation", DONE, { part: "menus", press: ['[data-testid="session-menu"]'] }),
  page("menu-turn", DONE, { part: "menus", press: ['[data-testid="turn-menu"]'] }),
  page("menu-models", null, { part: "menus", press: ['[data-testid="model"]'] }),
  page("menu-tools", null, { part: "menus", press: ['[data-testid="tools"]'] }),
  page("menu-tools-some-off", null, {
    part: "menus",
    screen: { excluded_tools: ["bash"] },
    press: ['[data-testid="tools"]'],
  }),
  page("menu-tools-failed", null, {
    part: "menus",
    answers: { "/api/v1/tools": null },
    press: ['[data-testid="tools"]'],
  }),
  settings("models"),
  settings("permissions"),
  settings("tools"),
  settings("appearance"),
  settings("notifications"),
  settings("keys"),
  settings("about"),
  page("settings-signed-in", DONE, {
    part: "settings",
    screen: { overlay: { kind: "settings", section: "about" } },
    answers: { "/api/v1/about": { local: false, config_file: null, providers: [] } },
  }),
  page("settings-nothing", DONE, {
    part: "settings",
    screen: { overlay: { kind: "settings", section: "permissions" } },
    answers: { "/api/v1/permissions": { permissions: [] } },
  }),
  page("settings-failed", DONE, {
    part: "settings",
    screen: { overlay: { kind: "settings", section: "tools" } },
    answers: { "/api/v1/tools": null },
  }),
  page("connect-model", null, {
    part: "menus",
    press: [".demo button"],
    answers: { "/api/v1/about": { local: false, config_file: null, providers: [] } },
  }),
  palette("palette-first", RUNNING, ""),
  palette("palette-found", RUNNING, "stop", { answers: { "/api/v1/sessions": FOUND } }),
  palette("palette-none", DONE, "wav file of nobody", { answers: { "/api/v1/sessions": { sessions: [] } } }),
  palette("palette-failed", DONE, "nobody", { answers: { "/api/v1/sessions": null } }),
  page("toasts", DONE, {
    part: "menus",
    screen: {
      stopped: { runs: { stopped: 2, failed: 1, reason: "Too many commands." }, reason: "Too many commands." },
    },
    removals: {
      waiting: [
        { session_id: "s-gone", title: "Rename the audio fixtures" },
        { session_id: "s-gone-2", title: "翻译工具的错误提示" },
      ],
      failed: { session_id: "s-old", title: "Weekday", reason: "The gateway does not say." },
    },
  }),
  page("replay-run", DONE, { replay: "run" }),
  page("replay-door", null, { replay: "door" }),
  page("replay-refused", null, {
    replay: { why: "field_wrong", line: 12, field: "seq" },
  }),
];
