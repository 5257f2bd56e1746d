import type { ModelConfig } from "../config/schema.ts";
import { type Fields, fieldsOf } from "./fields.ts";

/** The provider's name, where nobody configured one. */
export const OLLAMA = "ollama";

/** Milliseconds for the list, and for all that is asked of its models. */
const LIST_MS = 300;
const DETAILS_MS = 1_000;

/** Models that are looked at; of more the name has to do. */
const LOOKED_AT = 50;

/** Tokens: what Ollama gives a model that says nothing depends on the machine, and is seldom all that the model could. */
const CONTEXT = 32_768;

/**
 * The models that a running Ollama has for conversations, those with function calling first; empty where none runs.
 * Their context is what they are loaded or set up with. Never rejects.
 */
export async function ollamaModels(url: string): Promise<ModelConfig[]> {
  const names = listOf(await read(`${url}/api/tags`, LIST_MS), "models").flatMap((model) => {
    const { name } = fieldsOf(model);
    return typeof name === "string" ? [name] : [];
  });
  if (names.length === 0) return [];
  const late = AbortSignal.timeout(DETAILS_MS);
  const [running, ...shown] = await Promise.all([
    read(`${url}/api/ps`, DETAILS_MS),
    ...names.slice(0, LOOKED_AT).map((model) => read(`${url}/api/show`, late, { model })),
  ]);
  const loaded = new Map(listOf(running, "models").map((model) => [fieldsOf(model).name, fieldsOf(model)]));
  const found = names.flatMap((name, index) => {
    const details = fieldsOf(shown[index]);
    const can = capabilitiesOf(details);
    // An embedding model answers nobody.
    if (can !== null && !can.has("completion")) return [];
    const context = numberIn(loaded.get(name)?.context_length) ?? setUpFor(details) ?? CONTEXT;
    const model: ModelConfig = {
      id: name,
      provider: OLLAMA,
      context: Math.max(1_000, Math.min(context, most(details))),
      tool_mode: can === null ? "auto" : can.has("tools") ? "native" : "react",
      ...(can === null ? {} : { images: can.has("vision") }),
    };
    return [model];
  });
  return found.toSorted((a, b) => Number(a.tool_mode === "react") - Number(b.tool_mode === "react"));
}

async function read(url: string, late: number | AbortSignal, body?: object): Promise<unknown> {
  try {
    const response = await fetch(url, {
      signal: typeof late === "number" ? AbortSignal.timeout(late) : late,
      redirect: "error",
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Null where the server is too old to tell. */
function capabilitiesOf({ capabilities }: Fields): ReadonlySet<unknown> | null {
  return Array.isArray(capabilities) ? new Set(capabilities) : null;
}

/** The model's own `num_ctx`. */
function setUpFor({ parameters }: Fields): number | null {
  const found = typeof parameters === "string" ? /^num_ctx\s+(\d{1,9})\s*$/m.exec(parameters) : null;
  return found === null ? null : numberIn(Number(found[1]));
}

/** Tokens that the model could take at all. */
function most({ model_info }: Fields): number {
  const info = Object.entries(fieldsOf(model_info)).find(([name]) => name.endsWith(".context_length"));
  return numberIn(info?.[1]) ?? Number.POSITIVE_INFINITY;
}

const numberIn = (value: unknown): number | null => (typeof value === "number" && value > 0 ? value : null);

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldsOf(value)[name];
  return Array.isArray(list) ? list : [];
}
