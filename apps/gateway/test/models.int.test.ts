import { defineTool, type Tool } from "@millrace/agent";
import {
  reply,
  type ScriptedModel,
  scriptByContent,
  secretDigest,
  startScriptedModel,
  toolCalls,
} from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { MillraceConfig } from "../src/index.ts";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { Viewer } from "./viewer.ts";

const KEYS = { one: "sk-canary-one-4f1d0c8e", two: "sk-canary-two-9a7b6c5d" };

let one: ScriptedModel;
let two: ScriptedModel;
beforeAll(async () => {
  one = await startScriptedModel({ responder: scriptByContent([{ when: /./, script: reply("From one.") }]) });
  two = await startScriptedModel({ responder: scriptByContent([{ when: /./, script: reply("From two.") }]) });
});
afterAll(async () => {
  await one.close();
  await two.close();
});

const named = (name: string): Tool =>
  defineTool({ name, description: "Does nothing.", parameters: z.object({}), execute: async () => ({ content: "" }) });
const tools = ["read_file", "write_file", "files__read", "bash"].map(named);

const config = (): MillraceConfig => ({
  providers: {
    first: { base_url: one.url, api_key: { env: "KEY_ONE" } },
    second: { base_url: two.url, api_key: KEYS.two },
  },
  models: [
    { id: "small", provider: "first", context: 4_000 },
    {
      id: "large",
      provider: "second",
      model: "vendor/large",
      context: 200_000,
      tool_mode: "native",
      thinking: { enabled: true },
    },
  ],
  agents: {
    writer: {
      description: "Writes.",
      system: "You write.",
      model: "large",
      tools: ["files__*", "read_file"],
      max_steps: 7,
    },
  },
});

const start = (over: MillraceConfig = {}, env: Record<string, string> = {}): Promise<ConfiguredGateway> =>
  ConfiguredGateway.start({ config: { ...config(), ...over }, env: { KEY_ONE: KEYS.one, ...env }, tools });

describe("several providers and models", () => {
  it("are listed with what a client may know of them: no address, no key, no price", async () => {
    await using gateway = await start();
    const { json, text } = await gateway.http.get("/api/v1/models");
    expect(json).toEqual({
      models: [
        { id: "small", context: 4_000, tool_mode: "auto", thinking: false, images: false },
        { id: "large", context: 200_000, tool_mode: "native", thinking: true, images: false },
      ],
      default: "small",
    });
    expect(text).not.toContain("127.0.0.1");
  });

  it("T23: each gets its own key and no other, under its endpoint's name", async () => {
    await using gateway = await start();
    expect(await gateway.run("hello")).toMatchObject({ message: "From one." });
    expect(await gateway.run("hello", { model: "large" })).toMatchObject({ message: "From two." });
    const [asked, other] = [one.requests.at(-1), two.requests.at(-1)];
    expect(asked?.headers.authorization).toBe(secretDigest(`Bearer ${KEYS.one}`));
    expect(other?.headers.authorization).toBe(secretDigest(`Bearer ${KEYS.two}`));
    expect([asked?.body.model, other?.body.model]).toEqual(["small", "vendor/large"]);
  });

  it("T24: no key is in a log line, an event or an answer", async () => {
    await using gateway = await start();
    const { session_id } = await gateway.run("hello");
    const texts = [
      ...gateway.log,
      (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).text,
      (await gateway.http.get("/api/v1/models")).text,
      (await gateway.http.get("/api/v1/agents")).text,
    ];
    for (const key of Object.values(KEYS)) expect(texts.filter((text) => text.includes(key))).toEqual([]);
  });

  it("the context's limit is the model's, or less where the message says so", async () => {
    await using gateway = await start();
    const limitOf = async (options: object): Promise<unknown> => {
      const { session_id } = await gateway.run("hello", options);
      const events = (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as {
        type: string;
        token_limit?: number;
      }[];
      return events.find(({ type }) => type === "session_start")?.token_limit;
    };
    expect(await limitOf({})).toBe(4_000);
    expect(await limitOf({ limits: { token_limit: 1_000 } })).toBe(1_000);
    expect(await limitOf({ limits: { token_limit: 10_000 } })).toBe(4_000);
  });

  it("the environment comes before the file: its endpoint's models first, MILLRACE_MODEL alone chooses", async () => {
    await using added = await start({}, { OPENAI_BASE_URL: two.url, MILLRACE_MODEL: "mine,small" });
    expect((await added.http.get("/api/v1/models")).json).toMatchObject({
      models: [{ id: "mine" }, { id: "small", context: 128_000 }, { id: "large" }],
      default: "mine",
    });
    expect(await added.run("hello", { model: "small" })).toMatchObject({ message: "From two." });
    await using chosen = await start({ default_model: "small" }, { MILLRACE_MODEL: "large" });
    expect((await chosen.http.get("/api/v1/models")).json).toMatchObject({ default: "large" });
  });

  it.each([
    [{ models: [{ id: "m", provider: "nowhere" }] }, "models[0].provider: there is no provider of that name."],
    [
      {
        models: [
          { id: "m", provider: "first" },
          { id: "m", provider: "second" },
        ],
      },
      "models: two of them have the same id.",
    ],
    [{ default_model: "nothing" }, "default_model: there is no model of that name."],
    [{ default_agent: "nobody" }, "default_agent: there is no agent of that name."],
    [{ agents: { a: { model: "nothing" } } }, "agents.a.model: there is no model of that name."],
    [{ tools: [named("bash")] }, "tools: there are two of the name bash."],
  ] as [MillraceConfig, string][])("B89: a reference to nothing stops the start: %j", async (over, message) => {
    await expect(start(over)).rejects.toThrow(message);
  });
});

describe("agents", () => {
  it("are listed, the built-in one among them", async () => {
    await using gateway = await start({ default_agent: "writer" });
    expect((await gateway.http.get("/api/v1/agents")).json).toEqual({
      agents: [
        { name: "default", description: expect.any(String) },
        { name: "writer", description: "Writes." },
      ],
      default: "writer",
    });
    expect((await gateway.http.send("/api/v1/agents", { method: "POST", body: {} })).status).toBe(405);
  });

  it("bring their prompt, model, tools and steps; the message's own options come first", async () => {
    await using gateway = await start();
    const startOf = async (options: object): Promise<unknown> => {
      const { session_id } = await gateway.run("hello", options);
      const events = (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as { type: string }[];
      return events.find(({ type }) => type === "session_start");
    };
    expect(await startOf({ agent: "writer" })).toMatchObject({
      agent: "writer",
      model: "large",
      max_steps: 7,
      tools: ["read_file", "files__read"],
    });
    expect(two.requests.at(-1)?.body.messages[0]).toEqual({ role: "system", content: "You write." });
    const asked = { agent: "writer", model: "small", max_steps: 3, exclude_tools: ["read_file"] };
    expect(await startOf(asked)).toMatchObject({
      agent: "writer",
      model: "small",
      max_steps: 3,
      tools: ["files__read"],
    });
    expect(await startOf({})).toMatchObject({ agent: "default", model: "small", tools: tools.map(({ name }) => name) });
  });

  it("B63: one that there is not is refused, at every door", async () => {
    await using gateway = await start();
    const answer = await gateway.http.post("/api/v1/agent/run", { message: "hello", agent: "nobody" });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: "bad_request", message: "No such agent." } } });
    const viewer = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`, {});
    await viewer.frame("welcome");
    const options = { agent: "__proto__" };
    const refused = await viewer.command({
      type: "send",
      message_id: crypto.randomUUID(),
      content: "x",
      mode: "queue",
      options,
    });
    expect(refused).toMatchObject({ type: "reject", code: "bad_request", message: "No such agent." });
    viewer.terminate();
  });

  it("TOOL-8: one hands a task to another, which has its own prompt, model and tools", async () => {
    const delegate = { name: "run_agent", arguments: { task: "count the files", agent: "writer" } };
    const asking = await startScriptedModel({
      responder: scriptByContent([
        {
          when: "delegate",
          script: (_request, { step }) => (step === 1 ? toolCalls([{ id: "c", ...delegate }]) : reply("It says so.")),
        },
      ]),
    });
    await using gateway = await ConfiguredGateway.start({
      config: { ...config(), providers: { first: { base_url: asking.url }, second: { base_url: two.url } } },
    });
    const { session_id, message } = await gateway.run("delegate");
    expect(message).toBe("It says so.");
    const { body } = two.requests.at(-1) ?? {};
    expect(body?.model).toBe("vendor/large");
    expect(body?.messages).toEqual([
      { role: "system", content: "You write." },
      { role: "user", content: "count the files" },
    ]);
    expect(body?.tools?.map((tool) => tool.function?.name)).toEqual(["read_file"]);
    const events = (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as { type: string }[];
    expect(events.find(({ type }) => type === "tool_result")).toMatchObject({
      outcome: "completed",
      content: expect.stringContaining("From two."),
    });
    await asking.close();
  });

  it("T30: an agent's limits hold for its runs", async () => {
    const loop = await startScriptedModel({
      responder: scriptByContent([{ when: /./, script: toolCalls([{ id: "c", name: "read_file", arguments: {} }]) }]),
    });
    await using gateway = await start({
      providers: { first: { base_url: loop.url } },
      models: [{ id: "small", provider: "first" }],
      agents: { short: { limits: { tool_calls: 2, repeated_calls: 50 } } },
    });
    const ended = await gateway.run("loop", { agent: "short" });
    expect(ended).toMatchObject({ reason: "circuit_breaker", error: { code: "loop" } });
    expect((ended.tool_calls as unknown[]).length).toBe(2);
    await loop.close();
  });
});
