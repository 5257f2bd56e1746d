import type { DefaultTheme } from "vitepress";
import { GROUPS } from "../pages.ts";

/** The menu of one language. */
export function sidebarOf(language: "en" | "zh"): DefaultTheme.SidebarItem[] {
  const base = language === "en" ? "" : "/zh";
  return GROUPS.map((group) => ({
    text: group[language],
    items: group.pages.map((page) => ({ text: page[language], link: `${base}/${page.path}` })),
  }));
}
