import type { Words } from "../words.ts";

export const settings: Words<"settings"> = {
  settings: {
    title: "设置",
    permissions: "已记住的许可",
    permissions_lead: "智能体无需询问即可做的事。撤销从下一次调用起生效。",
    none: "还没有记住任何许可。在提问中选“始终允许…”就会记在这里。",
    always: "始终，仅在 {{workspace}}",
    revoke: "撤销",
    revoke_label: "撤销 {{tool}} {{pattern}}",
    failed: "无法加载：{{reason}}",
    tools: "工具",
    built_in: "内置",
    count_one: "{{count}} 个工具",
    count_other: "{{count}} 个工具",
    mcp: "MCP 服务器",
    server_connected: "已连接",
    server_connecting: "连接中…",
    server_failed: "不可用",
  },
};
