/** A page of the site: its file below `docs/`, and below `docs/zh/`, without `.md`. */
export interface Page {
  readonly path: string;
  readonly en: string;
  readonly zh: string;
}

export interface Group {
  readonly en: string;
  readonly zh: string;
  readonly pages: readonly Page[];
}

/** Everything the site has, in the order of its menu. */
export const GROUPS: readonly Group[] = [
  {
    en: "Begin",
    zh: "入门",
    pages: [
      { path: "quick-start", en: "Quick start", zh: "快速开始" },
      { path: "concepts", en: "Concepts", zh: "概念" },
    ],
  },
  {
    en: "Programs",
    zh: "编程",
    pages: [
      { path: "sdk", en: "SDK", zh: "SDK" },
      { path: "terminal", en: "Terminal", zh: "终端" },
      { path: "protocol", en: "Wire protocol", zh: "线路协议" },
      { path: "reference", en: "Reference of the wire", zh: "协议参考" },
    ],
  },
  {
    en: "Agents",
    zh: "智能体",
    pages: [
      { path: "tools", en: "Tools and MCP", zh: "工具与 MCP" },
      { path: "flows", en: "Flows", zh: "流程" },
    ],
  },
  {
    en: "Running it",
    zh: "运行",
    pages: [
      { path: "configuration", en: "Configuration", zh: "配置" },
      { path: "security", en: "Security", zh: "安全" },
      { path: "operations", en: "Operation", zh: "运维" },
    ],
  },
  {
    en: "Coming from",
    zh: "从别处来",
    pages: [
      { path: "coming-from/cody", en: "Cody SDK", zh: "Cody SDK" },
      { path: "coming-from/llamaindex", en: "LlamaIndex", zh: "LlamaIndex" },
      { path: "coming-from/agently", en: "Agently TriggerFlow", zh: "Agently TriggerFlow" },
      { path: "coming-from/omni-agent", en: "Omni Agent", zh: "Omni Agent" },
    ],
  },
];

const HOME: Page = { path: "index", en: "Millrace", zh: "Millrace" };

export const PAGES: readonly Page[] = [HOME, ...GROUPS.flatMap(({ pages }) => pages)];
