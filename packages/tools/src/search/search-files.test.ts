import type { ToolOutput } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { use, WorkspaceFixture } from "../testing/workspace-fixture.ts";
import { searchFiles } from "./search-files.ts";

let workspace: WorkspaceFixture;

beforeEach(() => {
  workspace = new WorkspaceFixture();
});

afterEach(() => workspace[Symbol.dispose]());

const search = (pattern: string, path?: string): Promise<ToolOutput> =>
  use(searchFiles(workspace, { PATH: "" }), { pattern, ...(path !== undefined && { path }) });

/** What was found, without the note at the end. */
const found = async (pattern: string, path?: string): Promise<string[]> =>
  (await search(pattern, path)).content.split("\n").slice(0, -2);

describe("search_files without ripgrep", () => {
  it("finds the lines that hold a text, and says that it was no regular expression (T33)", async () => {
    workspace.put("b.txt", "one\r\na.b\r\n");
    workspace.put("a/c.txt", "aXb\nx a.b y\na.b");
    expect(await search("a.b")).toEqual({
      content:
        "a/c.txt:2: x a.b y\na/c.txt:3: a.b\nb.txt:2: a.b\n\n[3 matching lines in 2 files. ripgrep is not installed: the pattern was taken as plain text, not as a regular expression.]",
    });
    expect(await found("((a+)+)+$")).toEqual([]);
    expect((await search("nowhere")).content).toContain("No line matches.");
  });

  it("looks in a folder, a file, or what a glob names", async () => {
    for (const path of ["src/a.ts", "src/deep/b.ts", "src/deep/c.md", "d.ts"]) workspace.put(path, "needle");
    expect(await found("needle", "src")).toEqual(
      ["src/a.ts", "src/deep/b.ts", "src/deep/c.md"].map((p) => `${p}:1: needle`),
    );
    expect(await found("needle", "src/deep/c.md")).toEqual(["src/deep/c.md:1: needle"]);
    expect(await found("needle", "src/**/*.ts")).toEqual(["src/a.ts:1: needle", "src/deep/b.ts:1: needle"]);
    expect(await found("needle", "*.ts")).toEqual(["d.ts:1: needle", "src/a.ts:1: needle", "src/deep/b.ts:1: needle"]);
    expect(await found("needle", workspace.at("src"))).toHaveLength(3);
  });

  it("shows the first 200 lines, cuts long ones, and says so", async () => {
    workspace.put("many", "needle\n".repeat(201));
    const many = await search("needle");
    expect(many.truncated).toBe(true);
    expect(many.content.split("\n")).toHaveLength(202);
    expect(many.content).toContain("there are more");
    workspace.put("many", "needle\n".repeat(200));
    expect((await search("needle")).truncated).toBeUndefined();
    workspace.put("many", `${"x".repeat(100_000)}needle`);
    expect((await found("needle"))[0]!.length).toBeLessThan(500);
  });

  it("leaves out secrets, links, hidden folders, modules, and what is no text (T18)", async () => {
    for (const path of [".env", "id_rsa", "x.pem", ".git/config", ".hidden/a", "node_modules/m/a", "ok", ".eslintrc"])
      workspace.put(path, "OUTSIDE");
    workspace.put("binary", "OUTSIDE\0");
    workspace.link("link", "../outside.txt");
    workspace.link("up", "..");
    expect(await found("OUTSIDE")).toEqual([".eslintrc:1: OUTSIDE", "ok:1: OUTSIDE"]);
    expect(await found("OUTSIDE", ".hidden")).toEqual([".hidden/a:1: OUTSIDE"]);
  });

  it.each([
    "..",
    "../workspace-2",
    "/etc",
    "up",
    "link",
    ".git",
    ".env",
    "missing",
    "a\0",
    "../*.txt",
    "/etc/*",
    "x/../../*",
    "up/*.txt",
  ])("%j is not searched (T18)", async (path) => {
    workspace.link("link", "../outside.txt");
    workspace.link("up", "..");
    workspace.put(".env", "OUTSIDE");
    workspace.put(".git/config", "OUTSIDE");
    await expect(search("OUTSIDE", path)).rejects.toThrow(/./);
  });

  it("stops when it is told to, and fails where the workspace is gone (F90)", async () => {
    workspace.put("a", "");
    const stopped = use(searchFiles(workspace, { PATH: "" }), { pattern: "a" }, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow();
    workspace[Symbol.dispose]();
    await expect(search("a")).rejects.toThrow("workspace folder does not exist");
  });
});
