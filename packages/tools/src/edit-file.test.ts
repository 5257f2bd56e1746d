import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import type { ToolOutput } from "@millrace/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editFile } from "./edit-file.ts";
import { findFile, readFound, replaceFile } from "./replace-file.ts";
import { use, WorkspaceFixture } from "./testing/workspace-fixture.ts";
import { withWritePlace } from "./write-place.ts";

let workspace: WorkspaceFixture;

beforeEach(() => {
  workspace = new WorkspaceFixture();
});

afterEach(() => workspace[Symbol.dispose]());

const edit = (path: string, old: string, replacement: string): Promise<ToolOutput> =>
  use(editFile(workspace), { path, old, new: replacement });

describe("edit_file", () => {
  it("replaces a passage, shows what changed, and leaves the mode", async () => {
    workspace.put("src/a.ts", "one\ntwo\nthree\n");
    chmodSync(workspace.at("src/a.ts"), 0o640);
    expect(await edit("src/a.ts", "two", "2")).toEqual({
      content: "Edited src/a.ts.\n\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three",
    });
    expect(workspace.read("src/a.ts")).toBe("one\n2\nthree\n");
    expect(statSync(workspace.at("src/a.ts")).mode & 0o777).toBe(0o640);
    expect(readdirSync(workspace.at("src"))).toEqual(["a.ts"]);
  });

  it("keeps CRLF and a byte order mark", async () => {
    workspace.put("a.txt", "\ufeffone\r\ntwo\r\n");
    await edit("a.txt", "one\ntwo", "1\n2\n3");
    expect(workspace.read("a.txt")).toBe("\ufeff1\r\n2\r\n3\r\n");
  });

  it("changes nothing where it fails", async () => {
    workspace.put("a.txt", "x x");
    await expect(edit("a.txt", "x", "y")).rejects.toThrow("occurs 2 times");
    await expect(edit("a.txt", "z", "y")).rejects.toThrow("does not occur");
    await expect(edit("a.txt", "x x", "x x")).rejects.toThrow("nothing would change");
    await expect(edit("missing.txt", "x", "y")).rejects.toThrow("no such file");
    await expect(edit("missing/a.txt", "x", "y")).rejects.toThrow("no such file");
    expect(workspace.read("a.txt")).toBe("x x");
    expect(readdirSync(workspace.folder)).toEqual(["a.txt"]);
  });

  it("refuses what is no text, and what is or would be too long", async () => {
    workspace.put("nul", "a\0b");
    workspace.put("image", Uint8Array.from([0xff, 0xd8, 0x41]));
    workspace.put("long", "x".repeat(1024 * 1024 + 1));
    workspace.put("grows", "y");
    await expect(edit("nul", "a", "b")).rejects.toThrow("binary");
    await expect(edit("image", "A", "b")).rejects.toThrow("binary");
    await expect(edit("long", "x", "b")).rejects.toThrow("longer than 1 MiB");
    await expect(edit("grows", "y", "ü".repeat(600_000))).rejects.toThrow("1200000 bytes");
  });

  it("does not undo what something else wrote meanwhile", async () => {
    workspace.put("a.txt", "old");
    const editing = withWritePlace(workspace, "a.txt", false, async (place) => {
      const found = (await findFile(place))!;
      await readFound(place, found);
      writeFileSync(workspace.at("a.txt"), "theirs");
      await replaceFile(place, found, new TextEncoder().encode("ours"), new AbortController().signal);
    });
    await expect(editing).rejects.toThrow("changed by something else");
    expect(workspace.read("a.txt")).toBe("theirs");
    expect(readdirSync(workspace.folder)).toEqual(["a.txt"]);
  });
});
