import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import type { ToolOutput } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { use, WorkspaceFixture } from "../testing/workspace-fixture.ts";
import { findRipgrep, ripgrep } from "./ripgrep.ts";
import { searchFiles } from "./search-files.ts";

let workspace: WorkspaceFixture;

beforeEach(() => {
  workspace = new WorkspaceFixture();
});

afterEach(() => workspace[Symbol.dispose]());

const search = (pattern: string, path?: string): Promise<ToolOutput> =>
  use(searchFiles(workspace), { pattern, ...(path !== undefined && { path }) });

const found = async (pattern: string, path?: string): Promise<string[]> =>
  (await search(pattern, path)).content.split("\n").slice(0, -2);

const rg = installed();

function installed(): string | null {
  using fixture = new WorkspaceFixture();
  return findRipgrep(fixture, process.env.PATH);
}

const title = rg === null ? "ripgrep (skipped: ripgrep is not installed)" : "ripgrep";

describe.skipIf(rg === null)(title, () => {
  it("finds the lines that a regular expression matches", async () => {
    workspace.put("b.txt", "one\r\na.b\r\n");
    workspace.put("a/c.txt", "aXb\nx a.b y\nA.B");
    workspace.put("a/odd:1:name.txt", "a1b");
    expect(await search("^a.b$")).toEqual({
      content: "a/c.txt:1: aXb\na/odd:1:name.txt:1: a1b\nb.txt:2: a.b\n\n[3 matching lines in 3 files.]",
    });
    expect(await found("(?i)a\\.b", "a/c.txt")).toEqual(["a/c.txt:2: x a.b y", "a/c.txt:3: A.B"]);
    expect(await search("nowhere")).toEqual({ content: "[No line matches.]" });
  });

  it("takes a pattern for nothing but a pattern", async () => {
    workspace.put("a.txt", "--pre=/bin/sh\n-e\n");
    expect(await found("--pre=/bin/sh")).toEqual(["a.txt:1: --pre=/bin/sh"]);
    expect(await found("-e")).toHaveLength(1);
    await expect(search("(unclosed")).rejects.toThrow("unclosed group");
    await expect(search("(?=a)")).rejects.toThrow("look-around");
  });

  it("of the worst kind takes no time (T33, B62)", async () => {
    workspace.put("a.txt", `${"a".repeat(200_000)}b\n`);
    const began = performance.now();
    await search("((a+)+)+$");
    await search("(a|aa)*c");
    expect(performance.now() - began).toBeLessThan(5_000);
    await expect(search("(a{1000}){1000}")).rejects.toThrow("size limit");
  });

  it("looks in a folder, a file, or what a glob names", async () => {
    for (const path of ["src/a.ts", "src/deep/b.ts", "src/deep/c.md", "d.ts"]) workspace.put(path, "needle");
    expect(await found("needle", "src")).toEqual(
      ["src/a.ts", "src/deep/b.ts", "src/deep/c.md"].map((p) => `${p}:1: needle`),
    );
    expect(await found("needle", "src/deep/c.md")).toEqual(["src/deep/c.md:1: needle"]);
    expect(await found("needle", "src/**/*.ts")).toEqual(["src/a.ts:1: needle", "src/deep/b.ts:1: needle"]);
    expect(await found("needle", "*.ts")).toEqual(["d.ts:1: needle", "src/a.ts:1: needle", "src/deep/b.ts:1: needle"]);
  });

  it("shows the first 200 lines, cuts long ones, and says so", async () => {
    workspace.put("many", "needle\n".repeat(100_000));
    const many = await search("needle");
    expect(many.truncated).toBe(true);
    expect(many.content.split("\n")).toHaveLength(202);
    workspace.put("many", "needle\n".repeat(200));
    expect((await search("needle")).truncated).toBeUndefined();
    workspace.put("many", `needle${"x".repeat(1_000_000)}`);
    expect((await found("needle"))[0]!.length).toBeLessThan(500);
  });

  it("leaves out secrets, links, hidden folders, modules, ignored files, and what is no text (T18)", async () => {
    const secret = [".env", ".ENV.local", "id_rsa", "x.pem", "dir/.npmrc", ".git/config"];
    for (const path of [...secret, ".hidden/a", "node_modules/m/a", "ok", ".eslintrc", "dist/a"])
      workspace.put(path, "OUTSIDE");
    workspace.put(".gitignore", "dist\n");
    workspace.put("../.gitignore", "*\n");
    workspace.put("binary", "OUTSIDE\0");
    workspace.link("link", "../outside.txt");
    workspace.link("up", "..");
    expect(await found("OUTSIDE")).toEqual([".eslintrc:1: OUTSIDE", "ok:1: OUTSIDE"]);
    expect(await found("OUTSIDE", ".hidden")).toEqual([".hidden/a:1: OUTSIDE"]);
    for (const path of ["..", "up", "link", ".git", ".env", "../*.txt", "up/*.txt"]) {
      await expect(search("OUTSIDE", path)).rejects.toThrow(/./);
    }
  });

  it("reads no configuration", async () => {
    workspace.put(".ripgreprc", "--files\n");
    process.env.RIPGREP_CONFIG_PATH = workspace.at(".ripgreprc");
    try {
      workspace.put("a.txt", "needle");
      expect(await found("needle")).toEqual(["a.txt:1: needle"]);
    } finally {
      delete process.env.RIPGREP_CONFIG_PATH;
    }
  });

  it("is not taken from the workspace, nor from a folder without a root", () => {
    mkdirSync(workspace.at("bin"));
    copyFileSync(rg!, workspace.at("bin/rg"));
    chmodSync(workspace.at("bin/rg"), 0o755);
    workspace.link("../linked", "workspace/bin");
    expect(findRipgrep(workspace, workspace.at("bin"))).toBeNull();
    expect(findRipgrep(workspace, `${workspace.base}/linked`)).toBeNull();
    expect(findRipgrep(workspace, ".")).toBeNull();
    expect(findRipgrep(workspace, [workspace.at("bin"), dirname(rg!)].join(delimiter))).toBe(rg);
  });

  it("ends when it is late with what it has, and when it is stopped with nothing", async () => {
    workspace.put("a.txt", "needle");
    const started = { pattern: "needle", start: "", wanted: () => true };
    const never = new AbortController().signal;
    const late = await ripgrep(workspace, rg!, { ...started, signal: never, late: AbortSignal.abort() }, false);
    expect(late.complete).toBe(false);
    const stopped = ripgrep(workspace, rg!, { ...started, signal: AbortSignal.abort(), late: never }, false);
    await expect(stopped).rejects.toThrow("aborted");
  });

  it("shows nothing from outside while a folder and a link are swapped again and again (T18)", async () => {
    workspace.put("real/outside.txt", "inside OR OUTSIDE?");
    workspace.link("escape", "..");
    const [swap, real, out] = ["swap", "real", "escape"].map((name) => workspace.at(name)) as [string, string, string];
    let going = true;
    const shown = new Set<string>();
    const searching = (async () => {
      for (let at = 0; at < 60; at += 1) {
        for (const path of [undefined, "swap"]) {
          for (const line of await found("OUTSIDE", path).catch(() => [])) shown.add(line.replace(/^.*?:1: /, ""));
        }
      }
    })().finally(() => (going = false));
    for (let round = 0; going; round += 1) {
      renameSync(real, swap);
      for (let at = 0; at < round % 20; at += 1) await new Promise(setImmediate);
      renameSync(swap, real);
      renameSync(out, swap);
      for (let at = 0; at < round % 20; at += 1) await new Promise(setImmediate);
      renameSync(swap, out);
    }
    await searching;
    expect([...shown]).toEqual(["inside OR OUTSIDE?"]);
  });

  it("fails, and only fails, where the workspace is gone (F90)", async () => {
    rmSync(workspace.folder, { recursive: true });
    await expect(search("a")).rejects.toThrow("workspace folder does not exist");
  });
});
