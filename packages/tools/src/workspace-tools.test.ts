import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Tool, ToolOutput } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { SHOWN_FILES } from "./list-files.ts";
import { use as useTool } from "./testing/workspace-fixture.ts";
import { workspaceTools } from "./workspace-tools.ts";

let base: string;
let workspace: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "millrace-tools-")));
  workspace = join(base, "workspace");
  mkdirSync(workspace);
  put("../outside.txt", "OUTSIDE");
  put("../workspace-2/a.txt", "OUTSIDE");
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Runs a tool as the agent would: arguments go through its schema. */
async function use(name: string, args: object, signal = new AbortController().signal): Promise<ToolOutput> {
  const tools = workspaceTools({ workspace, clock: { now: () => Date.UTC(2026, 10, 20, 23, 30, 5) } });
  const tool: Tool = tools.find((each) => each.name === name)!;
  return useTool(tool, args, { signal });
}

const json = async (name: string, args: object) => JSON.parse((await use(name, args)).content);

describe("read_file", () => {
  it("gives a text as it is", async () => {
    put("dir/ä 😀.txt", "one\r\ntwo\n");
    expect(await use("read_file", { path: "dir/ä 😀.txt" })).toEqual({ content: "one\r\ntwo\n" });
    expect(await use("read_file", { path: join(workspace, "dir/ä 😀.txt") })).toEqual({ content: "one\r\ntwo\n" });
    put("empty", "");
    expect((await use("read_file", { path: "empty" })).content).toContain("empty");
  });

  it("gives the lines that are asked for, and says where it goes on", async () => {
    put("lines", Array.from({ length: 3000 }, (_, at) => `line ${at + 1}\n`).join(""));
    expect(await use("read_file", { path: "lines", offset: 2, limit: 2 })).toEqual({
      content: "line 2\nline 3\n\n[The file goes on: read with offset 4.]",
      truncated: true,
    });
    const read = await use("read_file", { path: "lines" });
    expect(read.content.endsWith("line 2000\n\n[The file goes on: read with offset 2001.]")).toBe(true);
    expect(await use("read_file", { path: "lines", offset: 3000 })).toEqual({ content: "line 3000\n" });
    await expect(use("read_file", { path: "lines", offset: 4000 })).rejects.toThrow("no line 4000");
  });

  it("ends before 256 KiB at a whole line, and cuts a line that is longer", async () => {
    put("big", `${"x".repeat(999)}\n`.repeat(1000));
    const first = await use("read_file", { path: "big", limit: 5000 });
    expect(first.content.length).toBeLessThanOrEqual(256 * 1024);
    const next = Number(/offset (\d+)/.exec(first.content)?.[1]);
    expect(first.content.split("\n")).toHaveLength(next + 1);
    put("long", `${"x".repeat(300_000)}`);
    const long = await use("read_file", { path: "long" });
    expect(long.content.length).toBeLessThanOrEqual(256 * 1024);
    expect(long.content).toContain("Line 1 is too long");
  });

  it("reads characters that lie across the reads", async () => {
    const text = `x${"😀".repeat(40_000)}`;
    put("wide", text);
    expect((await use("read_file", { path: "wide" })).content).toBe(text);
  });

  it("refuses what is no text", async () => {
    put("nul", "a\0b");
    put(
      "image",
      Uint8Array.from({ length: 500 }, (_, at) => 128 + (at % 100)),
    );
    await expect(use("read_file", { path: "nul" })).rejects.toThrow("binary");
    await expect(use("read_file", { path: "image" })).rejects.toThrow("binary");
  });

  it.skipIf(process.platform === "win32")(
    "refuses folders, pipes and devices, and does not wait for them",
    async () => {
      mkdirSync(join(workspace, "dir"));
      execFileSync("mkfifo", [join(workspace, "pipe")]);
      symlinkSync("/dev/zero", join(workspace, "zero"));
      for (const path of ["dir", "pipe", "."]) {
        await expect(use("read_file", { path })).rejects.toThrow("Not a regular file");
      }
      await expect(use("read_file", { path: "zero" })).rejects.toThrow("out of the workspace");
    },
  );
});

describe("confinement (T18)", () => {
  const leading = [
    ...[
      "../outside.txt",
      "..",
      "../",
      "../../etc/passwd",
      "dir/../../outside.txt",
      "./../outside.txt",
      "../workspace-2/a.txt",
    ],
    ...["/etc/passwd", "/proc/self/environ", "/proc/self/root/etc/passwd", "/dev/stdin", "/", "//etc/passwd", "/tmp"],
    ...["link", "link/a.txt", "dir/up/outside.txt", "chain", "dir/../link", "proc", "proc/environ"],
  ];
  const secret = [
    ...[".env", ".ENV", ".env.local", "dir/.env.production", ".envrc", ".git/config", ".git", "dir/.GIT/HEAD"],
    ...[
      "key.pem",
      "server.key",
      "dir/id_rsa",
      "id_ed25519",
      ".ssh/config",
      ".npmrc",
      ".netrc",
      "innocent.txt",
      "to-git/config",
      ".env.link",
    ],
  ];
  const wrong = ["a\0.txt", "../outside.txt\0", "x".repeat(5000), "missing.txt", "dir/missing/x", "loop", "a.txt/b"];

  beforeEach(() => {
    put("a.txt", "fine");
    put("dir/b.txt", "fine");
    for (const path of [".env", ".env.local", ".git/config", "key.pem", "dir/id_rsa", ".npmrc"]) put(path, "SECRET");
    symlinkSync("../outside.txt", join(workspace, "link"));
    symlinkSync("link", join(workspace, "chain"));
    symlinkSync("../..", join(workspace, "dir/up"));
    symlinkSync("/proc/self", join(workspace, "proc"));
    symlinkSync(".env", join(workspace, "innocent.txt"));
    symlinkSync(".git", join(workspace, "to-git"));
    symlinkSync("a.txt", join(workspace, ".env.link"));
    symlinkSync("loop", join(workspace, "loop"));
    symlinkSync("dir/b.txt", join(workspace, "good-link"));
  });

  it.each([...leading, ...secret, ...wrong])("%j is not read", async (path) => {
    await expect(use("read_file", { path })).rejects.toThrow(/./);
  });

  it.each([...leading, ...secret, ...wrong])("%j is not listed", async (path) => {
    await expect(use("list_files", { path })).rejects.toThrow(/./);
  });

  it("lets a link be followed that stays inside", async () => {
    expect(await use("read_file", { path: "good-link" })).toEqual({ content: "fine" });
  });

  it("also where the workspace is itself reached through a link", async () => {
    symlinkSync(workspace, join(base, "alias"));
    workspace = join(base, "alias");
    expect(await use("read_file", { path: "a.txt" })).toEqual({ content: "fine" });
    await expect(use("read_file", { path: "link" })).rejects.toThrow("out of the workspace");
  });

  it("names no path of the host", async () => {
    for (const path of [...leading, ...secret, ...wrong]) {
      const error: unknown = await use("read_file", { path }).catch((thrown: unknown) => thrown);
      expect(String(error)).not.toContain(base);
    }
  });

  it("holds while a folder and a link to the outside are swapped again and again", async () => {
    put("swap/outside.txt", "inside");
    put("real/outside.txt", "inside");
    rmSync(join(workspace, "swap"), { recursive: true });
    const [swap, real, link] = ["swap", "real", "out"].map((name) => join(workspace, name)) as [string, string, string];
    symlinkSync(base, link);
    let reads = 0;
    const reading = (async () => {
      for (let at = 0; at < 300; at += 1) {
        const read = await use("read_file", { path: "swap/outside.txt" }).catch(() => null);
        if (read !== null) reads += 1;
        expect(read?.content ?? "inside").toBe("inside");
        const listed = await use("list_files", { path: "swap" }).catch(() => null);
        if (listed !== null) expect(JSON.parse(listed.content).files).toEqual(["swap/outside.txt"]);
      }
    })();
    let going = true;
    void reading.catch(() => {}).finally(() => (going = false));
    while (going) {
      renameSync(real, swap);
      await new Promise(setImmediate);
      renameSync(swap, real);
      renameSync(link, swap);
      await new Promise(setImmediate);
      renameSync(swap, link);
    }
    await reading;
    expect(reads).toBeGreaterThan(0);
  });

  it("fails, and only fails, where the workspace is gone (F90)", async () => {
    rmSync(workspace, { recursive: true });
    await expect(use("read_file", { path: "a.txt" })).rejects.toThrow("workspace folder does not exist");
    await expect(use("list_files", {})).rejects.toThrow("workspace folder does not exist");
  });
});

describe("list_files", () => {
  it("lists files below a folder, sorted, without hidden folders, modules, secrets and links", async () => {
    for (const path of [
      "b.ts",
      "a/c.ts",
      "a/d.md",
      ".hidden/x.ts",
      "node_modules/m/x.ts",
      ".eslintrc",
      ".env",
      "z.pem",
    ])
      put(path, "");
    symlinkSync("a", join(workspace, "a-link"));
    expect(await json("list_files", {})).toEqual({
      path: ".",
      files: [".eslintrc", "a/c.ts", "a/d.md", "b.ts"],
      total: 4,
      truncated: false,
    });
    expect((await json("list_files", { pattern: "*.ts" })).files).toEqual(["a/c.ts", "b.ts"]);
    expect(await json("list_files", { path: "a", pattern: "./*.ts" })).toMatchObject({ path: "a", files: ["a/c.ts"] });
    expect((await json("list_files", { path: ".hidden" })).files).toEqual([".hidden/x.ts"]);
  });

  it("shows the first thousand and says how many there are", async () => {
    for (let at = 0; at < SHOWN_FILES + 5; at += 1) put(`f${String(at).padStart(5, "0")}`, "");
    const listed = await json("list_files", {});
    expect(listed).toMatchObject({ total: SHOWN_FILES + 5, truncated: true });
    expect(listed.files).toHaveLength(SHOWN_FILES);
    expect(listed.files.at(-1)).toBe("f00999");
  });

  it("stops when it is told to", async () => {
    put("a", "");
    await expect(use("list_files", {}, AbortSignal.abort())).rejects.toThrow();
  });

  it("refuses a file as a folder", async () => {
    put("a", "");
    await expect(use("list_files", { path: "a" })).rejects.toThrow("Not a folder");
  });
});

describe("current_time", () => {
  it("tells the time in a zone", async () => {
    expect(await json("current_time", { timezone: "Asia/Kolkata" })).toEqual({
      iso: "2026-11-21T05:00:05+05:30",
      timezone: "Asia/Kolkata",
      weekday: "Saturday",
      date: "2026-11-21",
      time: "05:00:05",
      unix_ms: Date.UTC(2026, 10, 20, 23, 30, 5),
    });
    expect(await json("current_time", { timezone: "UTC" })).toMatchObject({
      iso: "2026-11-20T23:30:05+00:00",
      weekday: "Friday",
    });
    expect(new Date((await json("current_time", {})).iso).getTime()).toBe(Date.UTC(2026, 10, 20, 23, 30, 5));
  });

  it("refuses a zone that is none", async () => {
    await expect(use("current_time", { timezone: "Middle/Earth" })).rejects.toThrow("IANA");
  });
});

describe("the built-in tools", () => {
  const all = workspaceTools({ workspace: "/nowhere", clock: { now: () => 0 } });

  it("have the names and arguments of the protocol", () => {
    const shapes = all.map(({ name, parameters }) => {
      const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: "input", target: "draft-7" });
      const names = Object.keys(properties).map((each) => (required.includes(each) ? each : `${each}?`));
      return `${name} {${names.join(", ")}}`;
    });
    expect(shapes).toEqual([
      "current_time {timezone?}",
      "list_files {path?, pattern?}",
      "read_file {path, offset?, limit?}",
      "search_files {pattern, path?}",
      "write_file {path, content}",
      "edit_file {path, old, new}",
      "fetch_url {url}",
      "ask_user {question, options?, kind?}",
      "run_agent {task, agent?}",
    ]);
  });

  it("say which of them ask, and what they bring in or carry out", () => {
    const asking = all.filter(
      ({ permission = "allow" }) => typeof permission !== "string" && permission.default === "ask",
    );
    expect(asking.map(({ name }) => name)).toEqual(["write_file", "edit_file", "fetch_url"]);
    expect(
      Object.fromEntries(all.flatMap(({ name, traits }) => (traits === undefined ? [] : [[name, traits]]))),
    ).toEqual({
      list_files: ["private", "untrusted"],
      read_file: ["private", "untrusted"],
      search_files: ["private", "untrusted"],
      fetch_url: ["untrusted", "outbound"],
    });
  });
});

it("a relative path is a fault of the caller", () => {
  expect(() => workspaceTools({ workspace: "here", clock: { now: () => 0 } })).toThrow(TypeError);
  const options = { workspace: "/here", protected_paths: ["data"], clock: { now: () => 0 } };
  expect(() => workspaceTools(options)).toThrow(TypeError);
});
