import type { Grammar } from "./languages.ts";

/** Names that code is marked with, by the grammar that colours it. */
const NAMES: Readonly<Record<Grammar, string>> = {
  bash: "bash sh shell zsh shellscript console shell-session",
  c: "c h",
  cpp: "cpp c++ cc cxx hpp",
  csharp: "csharp cs c#",
  css: "css",
  diff: "diff patch",
  docker: "docker dockerfile containerfile",
  go: "go golang",
  html: "html htm",
  ini: "ini properties conf env dotenv",
  java: "java",
  javascript: "javascript js mjs cjs node",
  json: "json",
  jsonc: "jsonc json5",
  jsx: "jsx",
  kotlin: "kotlin kt kts",
  lua: "lua",
  make: "make makefile",
  markdown: "markdown md",
  php: "php",
  python: "python py python3",
  ruby: "ruby rb",
  rust: "rust rs",
  sql: "sql postgresql postgres mysql sqlite",
  swift: "swift",
  toml: "toml",
  tsx: "tsx",
  typescript: "typescript ts mts cts",
  xml: "xml svg plist",
  yaml: "yaml yml",
};

const GRAMMAR_OF = new Map(
  Object.entries(NAMES).flatMap(([grammar, names]) =>
    names.split(" ").map((name) => [name, grammar as Grammar] as const),
  ),
);

/** The grammar for what a fence calls its code, or null where there is none. */
export const grammarOf = (name: string): Grammar | null => GRAMMAR_OF.get(name.toLowerCase()) ?? null;
