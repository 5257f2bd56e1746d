import { type ModelPort, openAiModel } from "@millrace/agent";
import { DEMO_MODEL, demoResponder, type ScriptedModel, startScriptedModel } from "@millrace/scripted-model";
import type { ModelSettings } from "../settings.ts";

interface ModelInfo {
  readonly id: string;
  /** The built-in demo, which is not a language model. */
  readonly demo?: true;
}

/** The models of this gateway and the way to each. */
export interface Models {
  readonly list: readonly ModelInfo[];
  readonly default: string;
  /** Where they come from, in words for the operator. */
  readonly source: string;
  /** Null for a model that is not configured. */
  get(id: string): ModelPort | null;
  close(): Promise<void>;
}

/** The configured endpoint; without one a running Ollama; without that the built-in demo model. */
export async function findModels(
  settings: ModelSettings | null,
  ollama_url = "http://127.0.0.1:11434",
): Promise<Models> {
  if (settings !== null) return endpoint(settings, new URL(settings.base_url).host);
  const local = await ollamaModels(ollama_url);
  const [first, ...rest] = local;
  if (first !== undefined) {
    return endpoint(
      { base_url: `${ollama_url}/v1`, api_key: null, models: [first, ...rest] },
      "Ollama on this machine",
    );
  }
  return demo();
}

function endpoint({ base_url, api_key, models }: ModelSettings, source: string): Models {
  const ports = new Map(
    models.map((id) => [id, openAiModel({ base_url, model: id, ...(api_key === null ? {} : { api_key }) })]),
  );
  return {
    list: models.map((id) => ({ id })),
    default: models[0],
    source,
    get: (id) => ports.get(id) ?? null,
    close: async () => {},
  };
}

async function demo(): Promise<Models> {
  const server: ScriptedModel = await startScriptedModel({ responder: demoResponder(), models: [DEMO_MODEL] });
  const port = openAiModel({ base_url: server.url, model: DEMO_MODEL });
  return {
    list: [{ id: DEMO_MODEL, demo: true }],
    default: DEMO_MODEL,
    source: "the built-in demo model (set OPENAI_BASE_URL, OPENAI_API_KEY and MILLRACE_MODEL to connect a real one)",
    get: (id) => (id === DEMO_MODEL ? port : null),
    close: () => server.close(),
  };
}

/** Names of the models that a running Ollama has; empty where none runs. */
async function ollamaModels(url: string): Promise<string[]> {
  try {
    const response = await fetch(`${url}/api/tags`, { signal: AbortSignal.timeout(300), redirect: "error" });
    const { models } = (await response.json()) as { models?: { name?: unknown }[] };
    return (models ?? []).map(({ name }) => name).filter((name) => typeof name === "string");
  } catch {
    return [];
  }
}
