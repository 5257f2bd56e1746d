import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editFile } from "./edit-file.ts";
import { isInstruction } from "./guarded-names.ts";
import { type Decision, decide } from "./permissions/decide.ts";
import type { Rule } from "./permissions/rule.ts";
import { readFile } from "./read-file.ts";
import { use, WorkspaceFixture } from "./testing/workspace-fixture.ts";
import { writeFile } from "./write-file.ts";

let workspace: WorkspaceFixture;

beforeEach(() => {
  workspace = new WorkspaceFixture();
});

afterEach(() => workspace[Symbol.dispose]());

const ALLOW_ALL: readonly Rule[] = [{ tool: "*", action: "allow" }];

function decideWrite(path: string, rules: readonly Rule[] = []): Decision {
  const tool = writeFile(workspace);
  return decide({ tool, args: tool.parameters.parse({ path, content: "" }), rules, remembered: [] });
}

const patternOf = (path: string): string | null => {
  const decision = decideWrite(path);
  return decision.decision === "ask" ? decision.pattern : `(${decision.decision})`;
};

describe("permission to write", () => {
  it("is asked for, and an answer may stand for the folder; in the workspace itself for the file alone", () => {
    expect(patternOf("src/deep/a.ts")).toBe("src/deep/*");
    expect(patternOf("./src//x/../a.ts")).toBe("src/*");
    expect(patternOf(workspace.at("src/a.ts"))).toBe("src/*");
    expect(patternOf("a.ts")).toBe("a.ts");
    expect(patternOf("src/*/a.ts")).toBeNull();
    expect(patternOf("what?.ts")).toBeNull();
  });

  it("is given by rules about the path as it is, not as it was written", () => {
    const docs: Rule[] = [{ tool: "write_file", pattern: "docs/*", action: "allow" }];
    expect(decideWrite("docs/a.md", docs).decision).toBe("allow");
    expect(decideWrite("./docs/sub/a.md", docs).decision).toBe("allow");
    expect(decideWrite("docs/../src/a.md", docs).decision).toBe("ask");
    const deny: Rule[] = [...ALLOW_ALL, { tool: "write_file", pattern: "src/*", action: "deny" }];
    expect(decideWrite("docs/../src/a.md", deny).decision).toBe("deny");
    expect(decideWrite(workspace.at("src/a.md"), deny).decision).toBe("deny");
  });

  it("holds for where a link leads as well (T18)", () => {
    workspace.put("src/a.ts", "");
    workspace.link("docs/link", "../src");
    const docs: Rule[] = [{ tool: "write_file", pattern: "docs/*", action: "allow" }];
    expect(decideWrite("docs/link/a.ts", docs).decision).toBe("ask");
    expect(decideWrite("docs/link/new/b.ts", docs).decision).toBe("ask");
    expect(patternOf("docs/link/a.ts")).toBeNull();
    const deny: Rule[] = [...ALLOW_ALL, { tool: "write_file", pattern: "src/*", action: "deny" }];
    expect(decideWrite("docs/link/a.ts", deny).decision).toBe("deny");
  });

  it("also of an edit", () => {
    expect(editFile(workspace).permission).toMatchObject({ default: "ask" });
  });

  it("nobody is asked about what is refused by its name", () => {
    const { parameters } = writeFile(workspace);
    for (const path of ["../a", ".env", ".git/config", ".bashrc", "dir/", "a\0", "a\u202eb"]) {
      expect(parameters.safeParse({ path, content: "" }).success, path).toBe(false);
    }
  });
});

describe("instruction files (T29)", () => {
  const guarded = [
    ...[
      "AGENTS.md",
      "agents.MD",
      "docs/CLAUDE.md",
      "CLAUDE.local.md",
      "GEMINI.md",
      ".cursorrules",
      "skills/x/SKILL.md",
    ],
    ...["millrace.config.ts", "millrace.config.json", "Millrace.Config.mjs", ".mcp.json", "x/.mcp.json"],
    ...[".github/workflows/ci.yml", ".github/copilot-instructions.md", ".vscode/tasks.json", ".cursor/rules/a.mdc"],
    ...[".claude/commands/x.md", ".husky/pre-commit", ".devcontainer/devcontainer.json", ".gitlab-ci.yml"],
    ...["AGENTS.md.", ".GitHub/x", "to-agents.md", "to-github/workflows/x.yml"],
  ];
  const free = ["README.md", "agents.mdx", "docs/agents/a.md", "package.json", "Makefile", "github/x", "my.config.ts"];

  it.each(guarded)("%s is asked for each time, whatever rules and earlier answers say", (path) => {
    workspace.put("AGENTS.md", "");
    workspace.put(".github/x", "");
    workspace.link("to-agents.md", "AGENTS.md");
    workspace.link("to-github", ".github");
    const decision = decideWrite(path, ALLOW_ALL);
    expect(decision).toMatchObject({ decision: "ask", pattern: null, may_remember: { session: false, always: false } });
    expect(decision).toHaveProperty("why", expect.stringContaining("instructs agents"));
  });

  it.each(free)("%s is a file like any other", (path) => {
    expect(isInstruction(path)).toBe(false);
    expect(decideWrite(path, ALLOW_ALL).decision).toBe("allow");
  });

  it("are not written through a link with another name", async () => {
    workspace.put("AGENTS.md", "old");
    workspace.link("notes.md", "AGENTS.md");
    workspace.link("CLAUDE.md", "AGENTS.md");
    await expect(use(writeFile(workspace), { path: "notes.md", content: "new" })).rejects.toThrow("AGENTS.md");
    expect(workspace.read("AGENTS.md")).toBe("old");
    await use(writeFile(workspace), { path: "CLAUDE.md", content: "new" });
    expect(workspace.read("AGENTS.md")).toBe("new");
  });
});

describe("rules about read_file", () => {
  it("speak of the path as it is", () => {
    const tool = readFile(workspace);
    const rules: Rule[] = [{ tool: "read_file", pattern: "private/*", action: "deny" }];
    const decision = (path: string) =>
      decide({ tool, args: tool.parameters.parse({ path }), rules, remembered: [] }).decision;
    expect(decision("a.txt")).toBe("allow");
    expect(decision("./x/../private/a.txt")).toBe("deny");
    expect(() => decision("private/a.txt/")).toThrow();
    workspace.put("private/a.txt", "");
    workspace.link("link", "private");
    expect(decision("link/a.txt")).toBe("deny");
  });
});

describe("protected paths (T18)", () => {
  it("are neither read, listed nor searched, by no name", async () => {
    workspace.put("data/sessions.db", "needle");
    workspace.put("kept.json", "needle");
    workspace.put("free.txt", "needle");
    workspace.link("to-data", "data");
    workspace.protected_paths = [workspace.at("data"), workspace.at("kept.json")];
    const { workspaceTools } = await import("./workspace-tools.ts");
    const tools = workspaceTools({
      workspace: workspace.folder,
      protected_paths: workspace.protected_paths,
      clock: { now: () => 0 },
    });
    const run = async (name: string, args: object): Promise<string> =>
      (await use(tools.find((tool) => tool.name === name)!, args)).content;
    for (const path of ["data/sessions.db", "DATA/sessions.db", "to-data/sessions.db", "kept.json"]) {
      await expect(run("read_file", { path })).rejects.toThrow(/server itself|no such file/);
    }
    await expect(run("list_files", { path: "data" })).rejects.toThrow("server itself");
    expect(JSON.parse(await run("list_files", {})).files).toEqual(["free.txt"]);
    await expect(run("search_files", { pattern: "needle", path: "data" })).rejects.toThrow("server itself");
    expect(await run("search_files", { pattern: "needle" })).toMatch(
      /^free\.txt:1: needle\n\n\[1 matching line in 1 file/,
    );
  });
});
