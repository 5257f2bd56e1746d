import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { ToolOutput } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editFile } from "./edit-file.ts";
import { use, WorkspaceFixture } from "./testing/workspace-fixture.ts";
import { writeFile } from "./write-file.ts";

let workspace: WorkspaceFixture;

beforeEach(() => {
  workspace = new WorkspaceFixture();
});

afterEach(() => workspace[Symbol.dispose]());

const write = (path: string, content = "new"): Promise<ToolOutput> => use(writeFile(workspace), { path, content });
const edit = (path: string): Promise<ToolOutput> => use(editFile(workspace), { path, old: "fine", new: "new" });

describe("write_file", () => {
  it("makes a file and the folders above it", async () => {
    expect(await write("a/b/ä 😀.txt", "one\ntwo\n")).toEqual({ content: "Made a/b/ä 😀.txt: 2 lines, 8 bytes." });
    expect(workspace.read("a/b/ä 😀.txt")).toBe("one\ntwo\n");
    expect(await write(workspace.at("abs.txt"), "ü")).toEqual({ content: "Made abs.txt: 1 line, 2 bytes." });
    expect(await write("x/../empty", "")).toEqual({ content: "Made empty: 0 lines, 0 bytes." });
    expect(existsSync(workspace.at("x"))).toBe(false);
  });

  it("replaces a file, and leaves its mode", async () => {
    workspace.put("run.sh", "old");
    chmodSync(workspace.at("run.sh"), 0o750);
    expect(await write("run.sh")).toEqual({ content: "Replaced run.sh: 1 line, 3 bytes." });
    expect(workspace.read("run.sh")).toBe("new");
    expect(statSync(workspace.at("run.sh")).mode & 0o777).toBe(0o750);
    expect(readdirSync(workspace.folder)).toEqual(["run.sh"]);
  });

  it("puts another file in the place of the old one: a hard link to the outside keeps what it had (T18)", async () => {
    linkSync(join(workspace.base, "outside.txt"), workspace.at("hard"));
    await write("hard");
    expect(workspace.read("hard")).toBe("new");
    expect(workspace.read("../outside.txt")).toBe("OUTSIDE");
  });

  it("takes a file of 1 MiB and none that is longer", async () => {
    await write("big", "x".repeat(1024 * 1024));
    await expect(write("big", "ü".repeat(600_000))).rejects.toThrow("1200000 bytes");
    await expect(write("big", "x".repeat(1024 * 1024 + 1))).rejects.toThrow();
    expect(workspace.read("big")).toHaveLength(1024 * 1024);
  });

  it("refuses what is no text", async () => {
    await expect(write("a", "\ud800")).rejects.toThrow("lone surrogate");
    expect(existsSync(workspace.at("a"))).toBe(false);
  });

  it("leaves the old file, and nothing else, when it is stopped", async () => {
    workspace.put("a.txt", "old");
    const args = { path: "a.txt", content: "new" };
    await expect(use(writeFile(workspace), args, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(workspace.read("a.txt")).toBe("old");
    expect(readdirSync(workspace.folder)).toEqual(["a.txt"]);
  });

  it("writes one file for one call at a time: none of many edits is lost", async () => {
    const numbers = Array.from({ length: 20 }, (_, at) => `<${at}>`);
    workspace.put("a.txt", numbers.join("\n"));
    workspace.link("same.txt", "a.txt");
    await Promise.all(
      numbers.map((old, at) =>
        use(editFile(workspace), { path: at % 2 === 0 ? "a.txt" : "same.txt", old, new: `[${at}]` }),
      ),
    );
    expect(workspace.read("a.txt")).toBe(numbers.map((_, at) => `[${at}]`).join("\n"));
  });

  it("writes through a link that stays inside, and leaves the link", async () => {
    workspace.put("real/a.txt", "old");
    workspace.link("to-a.txt", "real/a.txt");
    workspace.link("to-real", "real");
    await write("to-a.txt", "one");
    expect(workspace.read("real/a.txt")).toBe("one");
    await write("to-real/sub/b.txt", "two");
    expect(workspace.read("real/sub/b.txt")).toBe("two");
    expect(readdirSync(workspace.folder).sort()).toEqual(["real", "to-a.txt", "to-real"]);
  });

  it("fails, and only fails, where the workspace is gone (F90)", async () => {
    rmSync(workspace.folder, { recursive: true });
    await expect(write("a.txt")).rejects.toThrow("workspace folder does not exist");
    await expect(edit("a.txt")).rejects.toThrow("workspace folder does not exist");
    expect(existsSync(workspace.folder)).toBe(false);
  });
});

describe("confinement of writes (T18)", () => {
  const leading = [
    ...[
      "../outside.txt",
      "../new.txt",
      "../",
      "..",
      "dir/../../outside.txt",
      "./../outside.txt",
      "../workspace-2/a.txt",
    ],
    // Nothing that matters: a test must do no harm on the day it fails.
    ...["/proc/self/environ", "/proc/self/fd/99", "/dev/millrace-none", "/etc/millrace-none.d/x", "//none/x", "/"],
    ...["BASE/outside.txt", "/proc/self/rootBASE/outside.txt", "/proc/self/cwd/millrace-none"],
    ...["link", "chain", "dir/up/outside.txt", "dir/up/new.txt", "proc/environ", "dangling", "dangling/x", "out/new/x"],
  ];
  const secret = [
    ...[
      ".env",
      ".ENV",
      ".env.local",
      "dir/.env.production",
      ".envrc",
      ".git/config",
      ".GIT/hooks/pre-commit",
      ".git. ",
    ],
    ...["dir/.git/hooks/x", "server.key", "new.pem", "dir/id_rsa", ".ssh/authorized_keys", ".npmrc", ".netrc"],
    ...["innocent.txt", "to-git/hooks/x", ".env.link"],
  ];
  const startup = [
    ...[".bashrc", ".BASHRC", "dir/.zshrc", ".profile", ".bash_profile", ".vimrc", ".gitconfig", ".gitmodules"],
    ...[".hg/hgrc", ".yarnrc.yml", ".inputrc", "to-bashrc"],
  ];
  const wrong = [
    ...["", ".", "./", "dir", "dir/", "dir/.", "new/", "a.txt/", "a.txt/b", "loop", "loop/x", "a\0.txt", "a\n.txt"],
    ...["a\u202etxt.exe", "x".repeat(300), "x/".repeat(3000), `${"x".repeat(5000)}`, "pipe"],
  ];
  const kept = [
    "data",
    "data/",
    "data/sessions.db",
    "DATA/sessions.db",
    "data/new/x",
    "to-data/sessions.db",
    "kept.json",
  ];

  beforeEach(() => {
    workspace.put("a.txt", "fine");
    workspace.put("dir/b.txt", "fine");
    workspace.put("data/sessions.db", "fine");
    workspace.put("kept.json", "fine");
    for (const path of [".env", ".git/config", "key.pem", "dir/id_rsa", ".npmrc", ".bashrc"])
      workspace.put(path, "fine");
    for (const [path, target] of [
      ["link", "../outside.txt"],
      ["chain", "link"],
      ["dir/up", "../.."],
      ["out", ".."],
      ["proc", "/proc/self"],
      ["dangling", "../made.txt"],
      ["innocent.txt", ".env"],
      ["to-git", ".git"],
      ["to-bashrc", ".bashrc"],
      ["to-data", "data"],
      [".env.link", "a.txt"],
      ["loop", "loop"],
    ] as const)
      workspace.link(path, target);
    if (process.platform !== "win32") execFileSync("mkfifo", [workspace.at("pipe")]);
    workspace.protected_paths = [workspace.at("data"), workspace.at("kept.json")];
  });

  /** Every file below the folder that lies around the workspace, with what is in it. */
  const everything = (folder = workspace.base): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return [path, ...everything(path)];
      return [entry.isFile() ? `${path} ${readFileSync(path, "utf8")}` : path];
    });

  it.each([...leading, ...secret, ...startup, ...wrong, ...kept])("%j is neither written nor edited", async (given) => {
    const path = given.replace("BASE", workspace.base);
    const before = everything();
    for (const call of [write, edit]) {
      const error: unknown = await call(path).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain(workspace.base);
    }
    expect(everything()).toEqual(before);
  });

  it("counts more than forty paths", () => {
    expect(new Set([...leading, ...secret, ...startup, ...wrong, ...kept]).size).toBeGreaterThan(40);
  });

  it("holds while a folder and a link to the outside are swapped again and again", async () => {
    workspace.put("real/outside.txt", "fine");
    workspace.link("escape", workspace.base);
    const [swap, real, out] = ["swap", "real", "escape"].map((name) => workspace.at(name)) as [string, string, string];
    let [writes, refusals, going] = [0, 0, true];
    const writing = (async () => {
      for (let at = 0; at < 300; at += 1) {
        for (const path of ["swap/outside.txt", "swap/made/x.txt"]) {
          await write(path).then(
            () => (writes += 1),
            () => (refusals += 1),
          );
        }
      }
    })().finally(() => (going = false));
    /** Where the tool has just made the folder itself, that goes first. */
    const swapIn = (from: string): void => {
      try {
        renameSync(from, swap);
      } catch {
        rmSync(swap, { recursive: true, force: true });
        swapIn(from);
      }
    };
    const ticks = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at += 1) await new Promise(setImmediate);
    };
    // Sometimes long enough for a whole write, sometimes in the midst of one.
    for (let round = 0; going; round += 1) {
      swapIn(real);
      await ticks(round % 50);
      renameSync(swap, real);
      swapIn(out);
      await ticks(round % 7);
      renameSync(swap, out);
    }
    await writing;
    expect(readdirSync(workspace.base).sort()).toEqual(["outside.txt", "workspace", "workspace-2"]);
    expect(workspace.read("../outside.txt")).toBe("OUTSIDE");
    expect([writes > 0, refusals > 0]).toEqual([true, true]);
  }, 30_000);

  it("holds while the file is swapped with a link to the outside", async () => {
    workspace.put("here/f.txt", "fine");
    const outside = join(workspace.base, "outside.txt");
    let going = true;
    const writing = (async () => {
      for (let at = 0; at < 200; at += 1) await Promise.allSettled([write("here/f.txt", "fine"), edit("here/f.txt")]);
    })().finally(() => (going = false));
    for (let at = 0; going; at += 1) {
      workspace.link(`here/l${at}`, outside);
      renameSync(workspace.at(`here/l${at}`), workspace.at("here/f.txt"));
      await new Promise(setImmediate);
      workspace.put(`here/g${at}`, "fine");
      renameSync(workspace.at(`here/g${at}`), workspace.at("here/f.txt"));
      await new Promise(setImmediate);
    }
    await writing;
    expect(workspace.read("../outside.txt")).toBe("OUTSIDE");
  }, 30_000);

  it("makes no folder behind a link that leads out", async () => {
    mkdirSync(join(workspace.base, "elsewhere"));
    workspace.link("deep/er", join(workspace.base, "elsewhere"));
    await expect(write("deep/er/a/b/c.txt")).rejects.toThrow("out of the workspace");
    expect(readdirSync(join(workspace.base, "elsewhere"))).toEqual([]);
  });
});
