export const settings = {
  settings: {
    title: "Settings",
    permissions: "Remembered approvals",
    permissions_lead: "What the agent may do without asking. Revoking counts from the next call.",
    none: "Nothing is remembered. “Always…” in a question puts it here.",
    always: "always, in {{workspace}}",
    revoke: "Revoke",
    revoke_label: "Revoke {{tool}} {{pattern}}",
    failed: "It could not be loaded: {{reason}}",
    tools: "Tools",
    built_in: "Built in",
    count_one: "{{count}} tool",
    count_other: "{{count}} tools",
    mcp: "MCP server",
  },
} as const;
