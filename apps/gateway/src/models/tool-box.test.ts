import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "@millrace/agent";
import type { Sandbox, SandboxState } from "@millrace/tools";
import { afterEach, describe, expect, it } from "vitest";
import type { AuthSettings } from "../auth/auth-settings.ts";
import { configSchema, type MillraceConfig } from "../config/schema.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Settings } from "../settings.ts";
import { openToolBox } from "./tool-box.ts";

const HOST = ["bash", "edit_file", "list_files", "read_file", "search_files", "write_file"];
const OTHERS = ["ask_user", "current_time", "fetch_url", "run_agent"];
const TOKEN: AuthSettings = { token: "t", read_token: null, oidc: null };
const OIDC: AuthSettings = { token: null, read_token: null, oidc: { issuer: "https://i", audience: "a" } };

/** Named by MILLRACE_CONFIG: no name by which it would be known. */
const CONFIG_FILE = "own.json";

const WORKS: SandboxState = { ok: true };
const MISSING: SandboxState = { ok: false, why: "bash needs a sandbox (bubblewrap): it is not installed." };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function offered(
  auth: AuthSettings | null,
  state: SandboxState,
  config: MillraceConfig = {},
): Promise<{ tools: readonly Tool[]; names: string[]; warned: unknown[] }> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-tools-"));
  folders.push(folder);
  mkdirSync(join(folder, "workspace"));
  const config_file = join(folder, "workspace", CONFIG_FILE);
  writeFileSync(config_file, "{}");
  const settings: Settings = {
    config_file,
    host: "127.0.0.1",
    port: 0,
    hosts: [],
    auth,
    data_dir: join(folder, "data"),
    workspace: join(folder, "workspace"),
    web_dir: folder,
    model: null,
    config: configSchema({}).parse(config),
    log_level: "silent",
    limits: DEFAULT_LIMITS,
  };
  const warned: unknown[] = [];
  const log = { warn: (fields: unknown) => void warned.push(fields) } as never;
  const sandbox: Sandbox = { available: async () => state, spawn: () => Promise.reject(new Error("not here")) };
  const box = await openToolBox(settings, log, undefined, sandbox);
  const tools = box.tools();
  await box.close();
  return { tools, names: tools.map(({ name }) => name).sort(), warned };
}

describe("T20: tools that touch the gateway's machine", () => {
  it.each([
    ["a token", TOKEN],
    ["an issuer", OIDC],
  ])("are off with %s where there is no sandbox, and the operator hears why", async (_, auth) => {
    const { names, warned } = await offered(auth, MISSING);
    expect(names).toEqual(OTHERS);
    expect(warned).toEqual([{ why: MISSING.ok ? "" : MISSING.why }]);
  });

  it.each([
    ["a token", TOKEN],
    ["an issuer", OIDC],
  ])("are there with %s where the sandbox works", async (_, auth) => {
    expect((await offered(auth, WORKS)).names).toEqual([...HOST, ...OTHERS].sort());
  });

  it("are there in local mode, sandbox or not: then they ask", async () => {
    for (const state of [WORKS, MISSING]) {
      const { names, warned } = await offered(null, state);
      expect(names).toEqual([...HOST, ...OTHERS].sort());
      expect(warned).toEqual([]);
    }
  });

  it("are what the operator says: on in a container of its own, off anywhere", async () => {
    const says = (host_tools: "on" | "off"): MillraceConfig => ({ sandbox: { host_tools } });
    expect((await offered(TOKEN, MISSING, says("on"))).names).toEqual([...HOST, ...OTHERS].sort());
    expect((await offered(null, WORKS, says("off"))).names).toEqual(OTHERS);
    expect((await offered(TOKEN, WORKS, says("off"))).names).toEqual(OTHERS);
  });

  it("are what they are only of the built-in ones: the operator's own tools stay", async () => {
    const own = { name: "mine", description: "", parameters: {}, execute: async () => ({ content: "" }) } as never;
    expect((await offered(TOKEN, MISSING, { tools: [own] })).names).toEqual([...OTHERS, "mine"].sort());
  });
});

it.each([
  ["write_file", { path: CONFIG_FILE, content: '{"mcp":{}}' }],
  ["edit_file", { path: CONFIG_FILE, old: "{}", new: '{"mcp":{}}' }],
  ["read_file", { path: CONFIG_FILE }],
])("T25: %s does not touch the configuration file, whatever a person allows", async (name, args) => {
  const { tools } = await offered(null, WORKS);
  const tool = tools.find((one) => one.name === name) as Tool;
  const context = { signal: new AbortController().signal, output: () => {} } as never;
  const done = (async () => tool.execute(tool.parameters.parse(args), context))();
  await expect(done).rejects.toThrow("belongs to the server itself");
});

describe("T22: fetch_url", () => {
  /** Why an address is refused before anybody is asked; null: it is not. */
  async function refused(url: string, auth: AuthSettings | null, config: MillraceConfig = {}): Promise<string | null> {
    const { tools } = await offered(auth, WORKS, config);
    const { parameters } = tools.find(({ name }) => name === "fetch_url") as Tool;
    const { error } = parameters.safeParse({ url });
    return error?.issues[0]?.message ?? null;
  }

  it("in local mode gets every public host, or those that are listed", async () => {
    expect(await refused("https://example.com/", null)).toBeNull();
    const listed = { fetch_url: { hosts: ["*.example.org"] } };
    expect(await refused("https://www.example.org/", null, listed)).toBeNull();
    expect(await refused("https://example.com/", null, listed)).toContain("fetch_url.hosts");
  });

  it.each([
    ["a token", TOKEN],
    ["an issuer", OIDC],
  ])("with %s gets listed hosts only, and says where they are listed", async (_, auth) => {
    expect(await refused("https://example.com/", auth)).toContain("fetch_url.hosts");
    const listed = { fetch_url: { hosts: ["example.com"] } };
    expect(await refused("https://example.com/", auth, listed)).toBeNull();
    expect(await refused("https://example.org/", auth, listed)).toContain("fetch_url.hosts");
    expect(await refused("https://example.org/", auth, { fetch_url: { hosts: ["*"] } })).toBeNull();
    expect(await refused("http://169.254.169.254/", auth, { fetch_url: { hosts: ["*"] } })).toContain("public");
  });
});
