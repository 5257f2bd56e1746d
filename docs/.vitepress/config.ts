import { defineConfig } from "vitepress";
import { siteRules } from "./markdown.ts";
import { sidebarOf } from "./sidebar.ts";

const SEARCH_ZH = {
  button: { buttonText: "搜索", buttonAriaLabel: "搜索" },
  modal: {
    noResultsText: "没有找到",
    resetButtonTitle: "清除",
    displayDetails: "显示详情",
    footer: { selectText: "打开", navigateText: "上下移动", closeText: "关闭" },
  },
};

export default defineConfig({
  title: "Millrace",
  description: "Streams AI agents to browsers, and nothing is lost on the way.",
  cacheDir: "./node_modules/.cache/vitepress",
  srcExclude: ["node_modules/**", "dist/**"],
  cleanUrls: true,
  markdown: { config: siteRules },
  themeConfig: { search: { provider: "local", options: { locales: { zh: { translations: SEARCH_ZH } } } } },
  locales: {
    root: {
      label: "English",
      lang: "en",
      themeConfig: {
        nav: [{ text: "Quick start", link: "/quick-start" }],
        sidebar: sidebarOf("en"),
      },
    },
    zh: {
      label: "简体中文",
      lang: "zh-CN",
      description: "把 AI 智能体的输出流式送到浏览器,途中什么也不丢。",
      themeConfig: {
        nav: [{ text: "快速开始", link: "/zh/quick-start" }],
        sidebar: sidebarOf("zh"),
        outline: { label: "本页内容" },
        docFooter: { prev: "上一页", next: "下一页" },
        darkModeSwitchLabel: "外观",
        lightModeSwitchTitle: "切换到浅色",
        darkModeSwitchTitle: "切换到深色",
        sidebarMenuLabel: "目录",
        returnToTopLabel: "回到顶部",
        langMenuLabel: "切换语言",
      },
    },
  },
});
