import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { ToolContext } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { decide } from "../permissions/decide.ts";
import { bashTool } from "./bash-tool.ts";
import { bubblewrap } from "./bubblewrap.ts";
import type { Exit, Sandbox, SandboxState, SpawnOptions } from "./sandbox.ts";

interface Spawn {
  readonly command: string;
  readonly options: SpawnOptions;
}

function fakeSandbox(state: SandboxState, text = "", exit: Exit = { code: 0, notes: [] }) {
  const spawns: Spawn[] = [];
  const sandbox: Sandbox = {
    available: async () => state,
    spawn: async (command, options) => {
      spawns.push({ command, options });
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      stdout.end(text);
      stderr.end();
      return { stdout, stderr, exited: Promise.resolve(exit), kill: () => {} };
    },
  };
  return { sandbox, spawns };
}

const ok: SandboxState = { ok: true };
const none: SandboxState = { ok: false, why: "bash needs a sandbox (bubblewrap): it is not installed." };
const workspace = "/srv/project";

async function toolWith(state: SandboxState, more: Partial<Parameters<typeof bashTool>[0]> = {}) {
  const fake = fakeSandbox(state);
  const tool = bashTool({ workspace, sandbox: fake.sandbox, ...more });
  await fake.sandbox.available();
  return { tool, ...fake };
}

const context = (signal = new AbortController().signal): ToolContext => ({
  signal,
  tool_call_id: "c1",
  output: () => {},
  ask: () => Promise.reject(new Error("Nobody can be asked.")),
  delegate: () => Promise.reject(new Error("There is no other agent.")),
});

const allowAll = [{ tool: "*", action: "allow" as const }];

describe("bash's permission", () => {
  const decided = async (state: SandboxState, command: string, more: Partial<Parameters<typeof decide>[0]> = {}) => {
    const { tool } = await toolWith(state);
    return decide({ tool, args: { command }, rules: [], remembered: [], ...more });
  };

  it("asks by default, and remembers exactly that command", async () => {
    expect(await decided(ok, "npm test")).toMatchObject({
      decision: "ask",
      pattern: "npm test",
      may_remember: { session: true, always: true },
    });
    expect(await decided(ok, "npm test && rm x")).toMatchObject({ decision: "ask", pattern: null });
  });

  it("allows what rules allow, part by part (T19)", async () => {
    const rules = [{ tool: "bash", pattern: "git status*", action: "allow" as const }];
    expect(await decided(ok, "git status -s", { rules })).toEqual({ decision: "allow" });
    expect(await decided(ok, "git status; rm -rf /", { rules })).toMatchObject({ decision: "ask" });
    expect(await decided(ok, "git status $(rm x)", { rules: allowAll })).toMatchObject({ decision: "ask" });
  });

  it("asks each time where there is no sandbox, whatever is allowed or remembered (T20)", async () => {
    const remembered = [{ tool: "bash", pattern: "*", schema_hash: null }];
    const decision = await decided(none, "npm test", { rules: allowAll, remembered });
    expect(decision).toEqual({
      decision: "ask",
      why: `${(none as { why: string }).why} Without it the command can do all that the server can.`,
      pattern: null,
      may_remember: { session: false, always: false },
    });
  });

  it("is refused, and says why, where there is neither a sandbox nor anybody to ask (T20)", async () => {
    const decision = await decided(none, "npm test", { rules: allowAll, interactive: false });
    expect(decision).toMatchObject({ decision: "deny" });
    expect(decision.decision === "deny" && decision.reason).toMatch(/^bash needs a sandbox \(bubblewrap\)/);
  });

  it("asks for as long as it is not known whether there is a sandbox (T20)", () => {
    const never: Sandbox = { ...fakeSandbox(ok).sandbox, available: () => new Promise(() => {}) };
    const tool = bashTool({ workspace, sandbox: never });
    const call = { tool, args: { command: "ls" }, rules: allowAll, remembered: [] };
    expect(decide(call).decision).toBe("ask");
    expect(tool.traits).toContain("outbound");
  });

  it("carries something out only with a network or without a sandbox (T28)", async () => {
    expect((await toolWith(ok)).tool.traits).toEqual(["private", "untrusted"]);
    expect((await toolWith(ok, { network: true })).tool.traits).toContain("outbound");
    expect((await toolWith(none)).tool.traits).toContain("outbound");
  });
});

describe("bash", () => {
  it("refuses without a sandbox where it is told to (T20)", async () => {
    const { tool, spawns } = await toolWith(none, { without_sandbox: "refuse" });
    await expect(tool.execute({ command: "ls" }, context())).rejects.toThrow("bash needs a sandbox");
    expect(spawns).toEqual([]);
  });

  it("gives the sandbox absolute paths and every limit", async () => {
    const { tool, spawns } = await toolWith(ok, {
      protected_paths: ["config", "/srv/project/x"],
      data_dir: "/srv/data/",
      limits: { processes: 7 },
    });
    await tool.execute({ command: "ls" }, context());
    expect(spawns).toMatchObject([
      {
        command: "ls",
        options: {
          workspace,
          protected_paths: ["/srv/project/config", "/srv/project/x"],
          hidden_paths: ["/srv/data"],
          readable_paths: [],
          network: false,
          limits: { processes: 7, memory: 4 * 1024 ** 3 },
        },
      },
    ]);
  });

  it.each([
    ["text\n", 0, [], "text\n[exit code 0]"],
    ["text", 1, [], "text\n[exit code 1]"],
    ["", 137, ["a note"], "[exit code 137, SIGKILL]\n[a note]"],
  ] as const)("answers %j with exit code %i as the model reads it", async (text, code, notes, content) => {
    const { sandbox } = fakeSandbox(ok, text, { code, notes });
    const tool = bashTool({ workspace, sandbox });
    expect(await tool.execute({ command: "x" }, context())).toEqual({ content, truncated: false });
  });

  it("takes only commands and timeouts within their limits", async () => {
    const { tool } = await toolWith(ok);
    const fits = (args: object): boolean => tool.parameters.safeParse(args).success;
    expect(fits({ command: "ls", timeout: 600 })).toBe(true);
    for (const timeout of [0, -1, 1.5, 601, "1"]) expect(fits({ command: "ls", timeout })).toBe(false);
    for (const command of ["", "a\0b", "x".repeat(20_000)]) expect(fits({ command })).toBe(false);
  });

  it("does not begin once the run is stopped", async () => {
    const { tool, spawns } = await toolWith(ok);
    await expect(tool.execute({ command: "ls" }, context(AbortSignal.abort()))).rejects.toThrow();
    expect(spawns).toEqual([]);
  });

  it("throws where it is given a folder that it must not have", () => {
    const { sandbox } = fakeSandbox(ok);
    for (const path of ["relative", "/", "/srv/.."])
      expect(() => bashTool({ workspace: path, sandbox })).toThrow(TypeError);
    expect(() => bashTool({ workspace, sandbox, data_dir: "/srv/project/" })).toThrow(TypeError);
    expect(() => bashTool({ workspace, sandbox, readable_paths: ["x"] })).toThrow(TypeError);
  });
});

describe("bubblewrap", () => {
  it("says that it is not installed, and is asked once", async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "millrace-none-")));
    const sandbox = bubblewrap(join(folder, "bwrap"));
    const state = await sandbox.available();
    rmSync(folder, { recursive: true });
    expect(state).toMatchObject({ ok: false, why: expect.stringMatching(/^bash needs a sandbox \(bubblewrap\): /) });
    expect(await sandbox.available()).toBe(state);
  });
});
