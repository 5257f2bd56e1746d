import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Event } from "@millrace/protocol";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../src/index.ts";
import { ChildGateway, Folder, GatewayProcess } from "./child-gateway.ts";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { eventually } from "./within.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../../examples");
const configOf = (name: string): string => join(EXAMPLES, name, "millrace.config.ts");
const examples = readdirSync(EXAMPLES).filter((name) => existsSync(configOf(name)));

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([
      {
        when: "count",
        script: (request, { step }) => {
          const text = "Nothing is lost on the way.";
          if (step === 1) return toolCalls([{ id: "c", name: "count_words", arguments: { text } }]);
          return reply(`There are ${request.messages.at(-1)?.content}.`);
        },
      },
      {
        when: "moon",
        script: (request, { step }) =>
          step === 1
            ? toolCalls([{ id: "c", name: "moon__moon_phase", arguments: { date: "2026-11-24" } }])
            : reply(`It is ${request.messages.at(-1)?.content}.`),
      },
      {
        when: "bash",
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "bash", arguments: { command: "touch touched" } }]) : reply("No."),
      },
      {
        when: "words",
        script: [
          { text: "The river carries " },
          { delay_ms: 20 },
          { text: "the log, and the ri" },
          { delay_ms: 20 },
          { text: "ver keeps the log." },
        ],
      },
    ]),
  });
});
afterAll(() => model.close());

const environment = (): Record<string, string> => ({ OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "scripted" });
const eventsOf = async (gateway: ConfiguredGateway, session_id: unknown): Promise<Event[]> =>
  (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];

describe("the examples", () => {
  it("there are some", () => {
    expect(examples).toEqual(
      expect.arrayContaining(["ollama", "qwen", "deepseek", "openai", "custom-tool", "mcp-server", "hooks"]),
    );
  });

  it.each(examples)("%s is a configuration that starts a gateway", async (name) => {
    const source = readFileSync(configOf(name), "utf8");
    const variables = [...source.matchAll(/env: "([A-Z_]+)"/g)].map(([, variable]) => [variable, "a-key"]);
    const keys = Object.fromEntries(variables) as Record<string, string>;
    const { config } = await loadConfig({ ...keys, MILLRACE_CONFIG: configOf(name) }, EXAMPLES);
    await using gateway = await ConfiguredGateway.start({ config: configOf(name), env: { ...environment(), ...keys } });
    const { models, default: chosen } = (await gateway.http.get("/api/v1/models")).json as {
      models: { id: string }[];
      default: string;
    };
    expect(chosen).toBe("scripted");
    expect(models.map(({ id }) => id)).toEqual(["scripted", ...config.models.map(({ id }) => id)]);
    expect(source).not.toMatch(/api_key: "/);
  });

  it.each([
    ["ollama", "http://127.0.0.1:11434/v1"],
    ["qwen", "https://dashscope.aliyuncs.com/compatible-mode/v1"],
    ["deepseek", "https://api.deepseek.com/v1"],
    ["openai", "https://api.openai.com/v1"],
  ])("%s asks %s", async (name, base_url) => {
    const keys = { DASHSCOPE_API_KEY: "k", DEEPSEEK_API_KEY: "k", OPENAI_API_KEY: "k" };
    const { config } = await loadConfig({ ...keys, MILLRACE_CONFIG: configOf(name) }, EXAMPLES);
    expect(Object.values(config.providers)).toMatchObject([{ base_url }]);
  });

  it("custom-tool: the tool of one's own runs", async () => {
    await using gateway = await ConfiguredGateway.start({ config: configOf("custom-tool"), env: environment() });
    const { session_id, message } = await gateway.run("count");
    expect(message).toBe("There are 6 words.");
    expect(await eventsOf(gateway, session_id)).toContainEqual(
      expect.objectContaining({ type: "tool_output_delta", content: "27 characters\n" }),
    );
  });

  it("mcp-server: its tool is there a moment after the start, and runs", async () => {
    await using gateway = await ConfiguredGateway.start({ config: configOf("mcp-server"), env: environment() });
    const offered = async (): Promise<boolean> => {
      const { tools } = (await gateway.http.get("/api/v1/tools")).json as { tools: { name: string }[] };
      return tools.some(({ name }) => name === "moon__moon_phase");
    };
    const until = Date.now() + 15_000;
    while (!(await offered()) && Date.now() < until) await new Promise((done) => setTimeout(done, 50));
    const { session_id, message } = await gateway.run("moon");
    expect(message).toContain("full, 100 % lit");
    const called = (await eventsOf(gateway, session_id)).find(({ type }) => type === "tool_result");
    expect(called).toMatchObject({ tool_name: "moon__moon_phase", outcome: "completed" });
  });

  it("hooks: keywords come while the answer is being written, whole words only", async () => {
    await using gateway = await ConfiguredGateway.start({ config: configOf("hooks"), env: environment() });
    const { session_id } = await gateway.run("words");
    const told = (await eventsOf(gateway, session_id)).filter((event) => event.type === "data");
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toMatchObject({ name: "keywords", value: ["log", "river", "carries", "keeps"] });
  });
});

describe("the process", () => {
  it("has the built-in tools without any configuration; bash does not run unless a person allows it", async () => {
    using folder = new Folder();
    await using gateway = await ChildGateway.start({ data_dir: folder.path, model });
    const { tools } = (await gateway.http.get("/api/v1/tools")).json as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name).sort()).toEqual([
      "ask_user",
      "bash",
      "current_time",
      "edit_file",
      "fetch_url",
      "list_files",
      "read_file",
      "run_agent",
      "search_files",
      "write_file",
    ]);
    const { json } = await gateway.http.post("/api/v1/agent/run", { message: "bash" });
    const { session_id } = json as { session_id: string };
    const result = (await gateway.events(session_id)).find(({ type }) => type === "tool_result");
    expect(result).toMatchObject({ tool_name: "bash", outcome: "denied" });
    expect(existsSync(join(folder.path, "touched"))).toBe(false);
  });

  it("reads the file that MILLRACE_CONFIG names", async () => {
    using folder = new Folder();
    const file = join(folder.path, "own.config.mjs");
    const provider = `{ p: { base_url: ${JSON.stringify(model.url)}, api_key: { env: "OWN_KEY" } } }`;
    writeFileSync(file, `export default { providers: ${provider}, models: [{ id: "own", provider: "p" }] };`);
    const env = {
      OPENAI_BASE_URL: "",
      OPENAI_API_KEY: "",
      MILLRACE_MODEL: "",
      MILLRACE_CONFIG: file,
      OWN_KEY: "k-123456",
    };
    await using gateway = await ChildGateway.start({ data_dir: join(folder.path, "data"), model, env });
    expect((await gateway.http.get("/api/v1/models")).json).toMatchObject({ default: "own" });
  });

  it.each([
    [
      '{"providers":{"p":{"base_url":"http://127.0.0.1:1/v1","api_key":{"env":"NO_SUCH_KEY"}}}}',
      "NO_SUCH_KEY is not set",
    ],
    ['{"modells":[]}', "modells: there is no such setting."],
    ['{"models":[{"id":"m","provider":"p"}]}', "models[0].provider: there is no provider of that name."],
    ['{"mcp":{"a":{"url":"ftp://x"}}}', "mcp.a.url: must be an http(s) address."],
  ])("B89: a wrong setting stops it with one line: %s", async (content, told) => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-wrong-"));
    const file = join(folder, "wrong.json");
    writeFileSync(file, content);
    const started = GatewayProcess.main({ PORT: "0", MILLRACE_DATA_DIR: folder, MILLRACE_CONFIG: file });
    expect((await started.exit).code).toBe(1);
    expect(started.stderr.trimEnd()).toMatch(/^millrace: [^\n]+$/);
    expect(started.stderr).toContain(told);
    expect(started.stdout).toBe("");
    rmSync(folder, { recursive: true });
  });

  it("T24: a key that a request's failure echoes is in no log line of the process", async () => {
    const key = "sk-canary-config-4f1d0c8e";
    using folder = new Folder();
    const file = join(folder.path, "c.json");
    const provider = { base_url: "http://127.0.0.1:1/v1", api_key: key };
    writeFileSync(file, JSON.stringify({ providers: { p: provider }, models: [{ id: "own", provider: "p" }] }));
    const env = {
      OPENAI_BASE_URL: "",
      OPENAI_API_KEY: "",
      MILLRACE_MODEL: "",
      MILLRACE_CONFIG: file,
      LOG_LEVEL: "trace",
    };
    const gateway = await ChildGateway.start({ data_dir: join(folder.path, "data"), model, env });
    await gateway.http.post("/api/v1/agent/run", { message: `say ${key}` });
    await eventually(() => gateway.process.stderr !== "", "log lines");
    await gateway.kill();
    expect(gateway.process.stderr + gateway.process.stdout).not.toContain(key);
  });
});
