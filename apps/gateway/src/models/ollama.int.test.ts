import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { configSchema, NO_CONFIG } from "../config/schema.ts";
import { findModels } from "./models.ts";
import { ollamaModels } from "./ollama.ts";

interface Fake {
  readonly models: readonly string[];
  readonly show?: Readonly<Record<string, object>>;
  readonly running?: readonly object[];
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function fakeOllama({ models, show = {}, running = [] }: Fake): Promise<string> {
  const server = createServer(async (request, response) => {
    const answer = (value: unknown): void => void response.end(JSON.stringify(value));
    if (request.url === "/api/tags") return answer({ models: models.map((name) => ({ name, model: name })) });
    if (request.url === "/api/ps") return answer({ models: running });
    let body = "";
    for await (const chunk of request) body += chunk;
    const details = show[(JSON.parse(body) as { model: string }).model];
    if (request.url === "/api/show" && details !== undefined) return answer(details);
    response.writeHead(404).end("{}");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const shown = (capabilities: string[], max: number, parameters = ""): object => ({
  capabilities,
  parameters,
  model_info: { "general.architecture": "a", "a.context_length": max },
});

it("a running Ollama is found by itself: its models for conversations, those that call tools first", async () => {
  const url = await fakeOllama({
    models: ["embed:latest", "gemma:4b", "qwen:8b", "llava:7b"],
    show: {
      "embed:latest": shown(["embedding"], 2_048),
      "gemma:4b": shown(["completion"], 8_192),
      "qwen:8b": shown(["completion", "tools", "thinking"], 262_144),
      "llava:7b": shown(
        ["completion", "tools", "vision"],
        262_144,
        "stop  <s>\nnum_ctx                        16384\n",
      ),
    },
    running: [{ name: "qwen:8b", context_length: 4_096 }],
  });
  const models = await findModels(NO_CONFIG, url);
  const provider = "ollama";
  expect(models.list).toMatchObject([
    { id: "qwen:8b", provider, context: 4_096, tool_mode: "native", images: false },
    { id: "llava:7b", provider, context: 16_384, tool_mode: "native", images: true },
    { id: "gemma:4b", provider, context: 8_192, tool_mode: "react", images: false },
  ]);
  expect(models.default).toBe("qwen:8b");
  expect(models.source).toBe("Ollama on this machine");
});

it("one that tells only names is found too, and how a model calls tools is found out later", async () => {
  const url = await fakeOllama({ models: ["old:7b"] });
  expect(await ollamaModels(url)).toEqual([{ id: "old:7b", provider: "ollama", context: 32_768, tool_mode: "auto" }]);
});

it("whatever is configured comes before it; where none runs, or it has nothing to say, the demo is there", async () => {
  const embedding = { models: ["embed"], show: { embed: shown(["embedding"], 512) } };
  for (const url of [await fakeOllama(embedding), await fakeOllama({ models: [] }), "http://127.0.0.1:1"]) {
    const models = await findModels(NO_CONFIG, url);
    expect(models.list).toMatchObject([{ demo: true }]);
    await models.close();
  }
  const url = await fakeOllama({ models: ["old:7b"] });
  const models = [{ id: "mine", provider: "p" }];
  const config = configSchema({}).parse({ providers: { p: { base_url: "http://127.0.0.1:1/v1" } }, models });
  expect((await findModels(config, url)).list.map(({ id }) => id)).toEqual(["mine"]);
});
