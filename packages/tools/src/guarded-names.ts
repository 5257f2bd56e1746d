/** Files that shells and tools run or obey by themselves, wherever the folder is opened next; in lower case. */
const STARTED: ReadonlySet<string> = new Set([
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".bash_aliases",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".zlogout",
  ".kshrc",
  ".cshrc",
  ".tcshrc",
  ".login",
  ".inputrc",
  ".vimrc",
  ".nvimrc",
  ".exrc",
  ".gvimrc",
  ".emacs",
  ".dir-locals.el",
  ".gdbinit",
  ".gitconfig",
  ".gitmodules",
  ".hg",
  ".hgrc",
  ".svn",
  ".ripgreprc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pnp.cjs",
  ".pnpmfile.cjs",
]);

/** Files that agents take their instructions and servers from. */
const INSTRUCTIONS: ReadonlySet<string> = new Set([
  "agents.md",
  "agents.override.md",
  "agent.md",
  "claude.md",
  "claude.local.md",
  "gemini.md",
  "skill.md",
  "copilot-instructions.md",
  ".cursorrules",
  ".clinerules",
  ".windsurfrules",
  ".goosehints",
  ".aider.conf.yml",
  ".mcp.json",
  ".gitattributes",
  ".gitlab-ci.yml",
  ".pre-commit-config.yaml",
]);

/** Folders of agents, editors and build servers. */
const FOLDERS: ReadonlySet<string> = new Set([
  ".github",
  ".gitlab",
  ".circleci",
  ".husky",
  ".vscode",
  ".idea",
  ".devcontainer",
  ".agents",
  ".claude",
  ".codex",
  ".cursor",
  ".gemini",
  ".windsurf",
  ".clinerules",
  ".millrace",
]);

// Some file systems ignore case, and trailing dots and spaces.
const plain = (name: string): string => name.toLowerCase().replace(/[. ]+$/, "");

// Control characters, and those that turn the direction of text: a person could not tell what the path is.
const UNREADABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** Why no tool may write a path, whoever allows it; null where one may. */
export function writeRefusal(path: string): string | null {
  if (UNREADABLE.test(path)) return "The path is not valid.";
  if (!path.split("/").some((segment) => STARTED.has(plain(segment)))) return null;
  return "Shells and other programs run this file by themselves: no tool writes it.";
}

/**
 * Whether each single write of a path needs a person's word, whatever rules and earlier answers say: it instructs
 * agents, configures Millrace, or is run by an editor or a build server.
 */
export function isInstruction(path: string): boolean {
  const segments = path.split("/").map(plain);
  const name = segments.at(-1) ?? "";
  return (
    INSTRUCTIONS.has(name) || name.startsWith("millrace.config.") || segments.some((segment) => FOLDERS.has(segment))
  );
}
