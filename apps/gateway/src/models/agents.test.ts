import { describe, expect, it } from "vitest";
import { configSchema, type MillraceConfig } from "../config/schema.ts";
import { Agents } from "./agents.ts";
import { findModels, OfferedModels } from "./models.ts";
import { watchers } from "./watchers.ts";

const CHEAP = { input: 1, output: 2 };
const base: MillraceConfig = {
  providers: { here: { base_url: "http://127.0.0.1:9/v1" } },
  models: [
    { id: "big", provider: "here", context: 100_000, price: { input: 10, output: 20 } },
    { id: "small", provider: "here", context: 8_000, price: CHEAP, thinking: { enabled: true } },
    { id: "free", provider: "here" },
  ],
  agents: { reader: { model: "small" }, writer: {}, helper: { model: "free" } },
};

async function agents(): Promise<Agents> {
  const config = configSchema({}).parse(base);
  const log = { warn: () => {} } as never;
  const watching = watchers({ logs: null, tells_paths: true, telemetry: null, onDelta: null, metrics: null, log });
  return new Agents({
    models: await findModels(config),
    config,
    tools: () => [],
    servers: () => [],
    watchers: watching,
  });
}

const RUN = { run_id: "r", session_id: "s", resumed: false };

describe("a sub-agent of the configuration", () => {
  it("has the price, the limit and the thinking of the model that it runs on", async () => {
    const { delegates } = (await agents()).setup({}, RUN).input;
    expect(delegates?.("reader")).toMatchObject({ price: CHEAP, token_limit: 8_000, thinking: { enabled: true } });
    expect(delegates?.("writer")).toMatchObject({ price: { input: 10 }, token_limit: 100_000 });
    expect(delegates?.("helper")).toMatchObject({ price: null, token_limit: 128_000 });
    expect(delegates?.("nobody")).toBeNull();
  });

  it("has the model of a run whose endpoint was removed meanwhile, as the run itself has", async () => {
    const config = configSchema({}).parse({});
    const more = {
      providers: { page: { base_url: "http://127.0.0.1:9/v1" } },
      models: [
        { id: "a", provider: "page", context: 9_000, tool_mode: "auto" as const },
        { id: "b", provider: "page", context: 9_000, tool_mode: "auto" as const },
      ],
    };
    const models = await OfferedModels.open(config, more, "http://127.0.0.1:9");
    const log = { warn: () => {} } as never;
    const watching = watchers({ logs: null, tells_paths: true, telemetry: null, onDelta: null, metrics: null, log });
    const all = new Agents({ models, config, tools: () => [], servers: () => [], watchers: watching });
    const { input } = all.setup({ model: "b" }, RUN);
    (await models.prepare({ ...more, models: more.models.slice(0, 1) })).apply();
    expect([all.has("a"), all.has("b")]).toEqual([true, false]);
    expect(input.delegates?.("default")).toMatchObject({ token_limit: 9_000 });
  });

  it("keeps to the message's limit and its word on thinking", async () => {
    const options = { limits: { token_limit: 5_000 }, thinking: { enabled: false } };
    const { delegates } = (await agents()).setup(options, RUN).input;
    expect(delegates?.("reader")).toMatchObject({ token_limit: 5_000, thinking: { enabled: false } });
  });
});
