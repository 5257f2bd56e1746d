import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SettingsError } from "../settings-error.ts";
import { loadConfig } from "./load-config.ts";
import { NO_CONFIG } from "./schema.ts";
import type { Environment } from "./secret.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "millrace-config-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (name: string, content: string): void => writeFileSync(join(root, name), content);
const load = (environment: Environment = {}) => loadConfig(environment, root);
const problem = async (config: unknown, environment: Environment = {}): Promise<string> => {
  put("millrace.config.json", JSON.stringify(config));
  const error = await load(environment).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SettingsError);
  const { message } = error as SettingsError;
  expect(message).not.toContain("\n");
  return message;
};

const provider = { base_url: "http://127.0.0.1:1/v1" };

describe("loadConfig", () => {
  it("no file is a configuration too", async () => {
    expect(await load()).toEqual({ config: NO_CONFIG, file: null });
  });

  it("reads TypeScript, with code in it; folders count from the file", async () => {
    const tool = `{ name: "t", description: "d", parameters: {}, execute: async () => ({ content: "" }) }`;
    put(
      "millrace.config.ts",
      `const days: number = 3;
       export default { log_file_days: days, tools: [${tool}], hooks: { onDelta: () => {} }, workspace: "../there",
         mcp: { here: { command: "./server", cwd: "sub" }, far: { url: "https://mcp.example/mcp" } } };`,
    );
    const { config, file } = await load();
    expect(file).toBe(join(root, "millrace.config.ts"));
    expect(config).toMatchObject({
      log_file_days: 3,
      tools: [{ name: "t" }],
      workspace: join(root, "../there"),
      mcp: { here: { cwd: join(root, "sub"), args: [] }, far: { url: "https://mcp.example/mcp" } },
    });
    expect(config.hooks.onDelta).toBeTypeOf("function");
  });

  it.each(["mts", "mjs"])("reads millrace.config.%s", async (ending) => {
    put(`millrace.config.${ending}`, "export default { log_files: false };");
    expect((await load()).config.log_files).toBe(false);
  });

  it("MILLRACE_CONFIG names another file, from the root", async () => {
    put("other.json", '{"log_files":false}');
    put("millrace.config.json", '{"log_files":true}');
    expect((await load({ MILLRACE_CONFIG: "other.json" })).config.log_files).toBe(false);
    await expect(load({ MILLRACE_CONFIG: "missing.ts" })).rejects.toThrow("names a file that does not exist");
  });

  it("T23: a secret is a text or the name of a variable", async () => {
    const secret = { env: "THE_KEY" };
    const config = {
      providers: { a: { ...provider, api_key: secret }, b: { ...provider, api_key: "plain" } },
      mcp: { one: { command: "x", env: { TOKEN: secret } } },
    };
    put("millrace.config.json", JSON.stringify(config));
    const { config: read } = await load({ THE_KEY: " k " });
    expect(read.providers).toMatchObject({ a: { api_key: "k" }, b: { api_key: "plain" } });
    expect(read.mcp.one).toMatchObject({ env: { TOKEN: "k" } });
    expect(await problem(config)).toBe(
      "millrace.config.json: providers.a.api_key: the environment variable THE_KEY is not set.",
    );
  });

  it.each([
    [{ provider: {} }, "provider: there is no such setting."],
    [{ providers: { a: { ...provider, base_ur: "x" } } }, "providers.a.base_ur: there is no such setting."],
    [{ providers: { a: { base_url: 3 } } }, "providers.a.base_url: must be an http(s) address."],
    [{ providers: { a: { base_url: "file:///etc/passwd" } } }, "providers.a.base_url: must be an http(s) address."],
    [
      { providers: { a: { base_url: "https://me:pw@x/v1" } } },
      "providers.a.base_url: must hold no user name or password.",
    ],
    [{ providers: { a: {} } }, "providers.a.base_url: must be an http(s) address."],
    [{ providers: { "a b": provider } }, /^providers\.a b: must be a name of letters/],
    [{ models: [{ id: "m", provider: "a" }, { id: "n" }] }, "models[1].provider: expected string, received undefined."],
    [{ models: [{ id: "m", provider: "a", context: "8k" }] }, "models[0].context: expected number, received string."],
    [{ models: [{ id: "m", provider: "a", tool_mode: "x" }] }, /^models\[0\]\.tool_mode: expected one of "auto"/],
    [{ agents: { a: { system: "" } } }, /^agents\.a\.system: /],
    [{ tools: [{ name: "x" }] }, "tools[0]: must be a tool made by defineTool."],
    [{ permissions: [{ tool: "bash", action: "maybe" }] }, /^permissions\[0\]\.action: /],
    [{ mcp: { a: { command: "x", url: "https://x" } } }, /^mcp\.a\.(url|command): there is no such setting\.$/],
    [{ mcp: { a: { comand: "x" } } }, /^mcp\.a\./],
    [{ mcp: { a: { command: "x", args: "y" } } }, "mcp.a.args: expected array, received string."],
    [{ mcp: { a__b: { command: "x" } } }, /^mcp\.a__b: must be words/],
    [{ limits: { tokens: -1 } }, /^limits\.tokens: /],
    [{ hooks: { onDelta: "x" } }, "hooks.onDelta: must be a function."],
    [{ log_files: "yes" }, "log_files: expected boolean, received string."],
    [[], "expected object, received array."],
    [null, "expected object, received null."],
  ] as [unknown, string | RegExp][])("B89: %j is refused in one line that names the setting", async (config, told) => {
    const message = (await problem(config)).replace("millrace.config.json: ", "");
    if (typeof told === "string") expect(message).toBe(told);
    else expect(message).toMatch(told);
  });

  it("T24: the line holds no value: a key in the wrong place is not shown", async () => {
    const canary = "sk-canary-4f1d0c8e";
    for (const config of [
      { providers: { a: { base_url: canary } } },
      { providers: { a: { ...provider, api_key: [canary] } } },
      { providers: canary },
      { models: [canary] },
      { log_files: canary },
    ]) {
      expect(await problem(config)).not.toContain(canary);
    }
  });

  it.each([
    ["millrace.config.json", '{"api_key": sk-canary}', /^millrace\.config\.json cannot be read: it is not JSON\.$/],
    ["millrace.config.ts", "export default {", /^millrace\.config\.ts cannot be read: /],
    [
      "millrace.config.mjs",
      "throw new Error('of its own\\nsecond line');",
      /^millrace\.config\.mjs cannot be read: of its own\.$/,
    ],
    ["millrace.config.mjs", "export const config = {};", /it has no default export\.$/],
  ])("a file that cannot be read is told in one line: %s %s", async (name, content, told) => {
    put(name, content);
    await expect(load()).rejects.toThrow(SettingsError);
    await expect(load()).rejects.toThrow(told);
  });
});
