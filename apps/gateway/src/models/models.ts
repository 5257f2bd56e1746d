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

/** Endpoints beside those of the configuration. */
export type MoreEndpoints = Pick<Config, "providers" | "models">;

/** The models of a gateway, some of whose endpoints come and go. Whoever got one keeps it. */
export class OfferedModels implements Models {
  readonly #config: Config;
  /** Of a running Ollama, found where nothing was configured. */
  readonly #found: MoreEndpoints;
  #demo: Models | null = null;
  #models: Models;

  private constructor(config: Config, found: MoreEndpoints, models: Models) {
    this.#config = config;
    this.#found = found;
    this.#models = models;
  }

  /**
   * The configured models and those of more endpoints, of which the former come first; where none are configured, also
   * those of a running Ollama; without any the built-in demo. @throws SettingsError
   */
  static async open(config: Config, more: MoreEndpoints, ollama_url: string): Promise<OfferedModels> {
    const models = config.models.length > 0 ? [] : await ollamaModels(ollama_url);
    const providers = models.length > 0 ? { [OLLAMA]: { base_url: `${ollama_url}/v1` } } : {};
    const offered = new OfferedModels(config, { providers, models }, NONE);
    (await offered.prepare(more)).apply();
    return offered;
  }

  get list(): readonly OfferedModel[] {
    return this.#models.list;
  }

  get default(): string {
    return this.#models.default;
  }

  get source(): string {
    return this.#models.source;
  }

  get(id: string): OfferedModel | null {
    return this.#models.get(id);
  }

  /** What would be offered with these endpoints beside the configuration's. @throws SettingsError */
  async prepare(more: MoreEndpoints): Promise<{ readonly models: Models; apply(): void }> {
    const config = joined(joined(this.#config, more), this.#found);
    this.#demo ??= config.models.length === 0 ? await demo() : null;
    const models = config.models.length === 0 ? (this.#demo as Models) : configured(config, sourceOf(config));
    return {
      models,
      apply: () => {
        this.#models = models;
      },
    };
  }

  async close(): Promise<void> {
    await this.#demo?.close();
  }
}

const NONE: Models = { list: [], default: "", source: "", get: () => null, close: async () => {} };

/** The configured models; without any those of a running Ollama; without that the built-in demo. @throws SettingsError */
export function findModels(config: Config, ollama_url: string = OLLAMA_URL): Promise<Models> {
  return OfferedModels.open(config, { providers: {}, models: [] }, ollama_url);
}

export const OLLAMA_URL = "http://127.0.0.1:11434";

/** Another model of a name that is there already is left out. */
function joined(config: Config, more: MoreEndpoints): Config {
  const known = new Set(config.models.map(({ id }) => id));
  return {
    ...config,
    providers: { ...config.providers, ...more.providers },
    models: [...config.models, ...more.models.filter(({ id }) => !known.has(id))],
  };
}

function sourceOf(config: Config): string {
  if (config.models.every(({ provider }) => provider === OLLAMA)) return "Ollama on this machine";
  const hosts = config.models.map((model, index) => new URL(providerOf(config, model, index).base_url).host);
  return [...new Set(hosts)].join(", ");
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
