import {
  functionCallingOrReact,
  type ModelPort,
  openAiModel,
  type RunAgentInput,
  type ThinkingOption,
} from "@millrace/agent";
import { DEMO_MODEL, demoResponder, type ScriptedModel, startScriptedModel } from "@millrace/scripted-model";
import { type Config, type ModelConfig, NO_CONFIG, type ProviderConfig } from "../config/schema.ts";
import { SettingsError } from "../settings-error.ts";
import { OLLAMA, ollamaModels } from "./ollama.ts";
import { takesImages } from "./takes-images.ts";

/** A model that a message may choose. */
export interface OfferedModel {
  readonly id: string;
  /** Name of the endpoint in the configuration. */
  readonly provider: string;
  /** Tokens. */
  readonly context: number;
  readonly tool_mode: ModelConfig["tool_mode"];
  /** What it does unless a message says otherwise; null: as the endpoint pleases. */
  readonly thinking: ThinkingOption | null;
  /** Whether messages may bring it images: no by default. */
  readonly images?: boolean;
  /** Per million tokens. */
  readonly price: NonNullable<RunAgentInput["price"]> | null;
  /** The built-in demo, which is not a language model. */
  readonly demo: boolean;
  readonly port: ModelPort;
}

/** What everybody may know of a model: neither its endpoint nor its price. */
export function modelInfo({
  id,
  context,
  tool_mode,
  thinking,
  images = false,
  demo,
}: OfferedModel): Record<string, unknown> {
  return { id, context, tool_mode, thinking: thinking?.enabled ?? false, images, ...(demo ? { demo } : {}) };
}

/** The models of this gateway and the way to each. */
export interface Models {
  readonly list: readonly OfferedModel[];
  readonly default: string;
  /** Where they come from, in words for the operator. */
  readonly source: string;
  /** Null for a model that is not configured. */
  get(id: string): OfferedModel | null;
  close(): Promise<void>;
}

/** The configured models; without any those of a running Ollama; without that the built-in demo. @throws SettingsError */
export async function findModels(config: Config, ollama_url = "http://127.0.0.1:11434"): Promise<Models> {
  if (config.models.length > 0) {
    const hosts = new Set(config.models.map((model, index) => new URL(providerOf(config, model, index).base_url).host));
    return configured(config, [...hosts].join(", "));
  }
  const found = await ollamaModels(ollama_url);
  if (found.length > 0) {
    const providers = { ...config.providers, [OLLAMA]: { base_url: `${ollama_url}/v1` } };
    return configured({ ...config, providers, models: found }, "Ollama on this machine");
  }
  return demo();
}

/** The configuration with one more provider, whose models come first. */
export function withEndpoint(
  config: Config,
  name: string,
  { base_url, api_key, models }: { base_url: string; api_key: string | null; models: readonly string[] },
): Config {
  const provider = { base_url, ...(api_key === null ? {} : { api_key }) };
  const added = models.map((id) => ({ id, provider: name, context: DEFAULT_CONTEXT, tool_mode: "auto" as const }));
  return {
    ...config,
    providers: { ...config.providers, [name]: provider },
    models: [...added, ...config.models.filter(({ id }) => !models.includes(id))],
  };
}

/** Of a model of which only the name is known. Tokens. */
export const DEFAULT_CONTEXT = 128_000;

function configured(config: Config, source: string): Models {
  const list = config.models.map((model, index) => offered(model, providerOf(config, model, index)));
  const byId = new Map(list.map((model) => [model.id, model]));
  if (byId.size < list.length) throw new SettingsError("models: two of them have the same id.");
  return {
    list,
    default: config.default_model ?? (list[0] as OfferedModel).id,
    source,
    get: (id) => byId.get(id) ?? null,
    close: async () => {},
  };
}

function providerOf({ providers }: Config, { provider }: ModelConfig, index: number): ProviderConfig {
  const found = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (found === undefined) throw new SettingsError(`models[${index}].provider: there is no provider of that name.`);
  return found;
}

function offered(
  { id, provider, model = id, context, tool_mode, thinking, images, price }: ModelConfig,
  endpoint: ProviderConfig,
): OfferedModel {
  const port = functionCallingOrReact(openAiModel({ ...endpoint, provider, model, id }), { mode: tool_mode });
  return {
    id,
    provider,
    context,
    tool_mode,
    thinking: thinking ?? null,
    images: images ?? takesImages(model),
    price: price ?? null,
    demo: false,
    port,
  };
}

async function demo(): Promise<Models> {
  const server: ScriptedModel = await startScriptedModel({ responder: demoResponder(), models: [DEMO_MODEL] });
  const endpoint = { base_url: server.url, api_key: null, models: [DEMO_MODEL] };
  const models = configured(
    withEndpoint(NO_CONFIG, "demo", endpoint),
    "the built-in demo model (set OPENAI_BASE_URL, OPENAI_API_KEY and MILLRACE_MODEL to connect a real one)",
  );
  const [model] = models.list as [OfferedModel];
  const shown = { ...model, images: true, demo: true };
  return { ...models, list: [shown], get: (id) => (id === DEMO_MODEL ? shown : null), close: () => server.close() };
}
