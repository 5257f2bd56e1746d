import type { Endpoint, EndpointFields, EndpointModel } from "./endpoint-requests.ts";

/** What is written in the form of an endpoint. */
export interface WrittenEndpoint {
  readonly base_url: string;
  readonly name: string;
  readonly key: string;
  /** The kept key is given up. */
  readonly drop_key: boolean;
  readonly models: readonly EndpointModel[];
}

/** The fields, in their order on the screen, and what is wrong in one. */
export const FIELDS = ["base_url", "name", "key", "models"] as const;
type Field = (typeof FIELDS)[number];
type FieldProblem =
  | "bad_url"
  | "url_secret"
  | "bad_name"
  | "name_taken"
  | "bad_key"
  | "key_again"
  | "no_models"
  | "model_taken"
  | "missing"
  | "in_use"
  | "storage";
export type FieldProblems = { readonly [F in Field]?: FieldProblem };

/** Names that the gateway gives itself. */
const RESERVED = ["env", "demo", "ollama"];

export const written = (endpoint: Endpoint | null): WrittenEndpoint => ({
  base_url: endpoint?.base_url ?? "",
  name: endpoint?.name ?? "",
  key: "",
  drop_key: false,
  models: endpoint?.models ?? [],
});

/** What is wrong with the address and the key, which is all that a test needs. */
export function addressProblems({ base_url, key, drop_key }: WrittenEndpoint, before: Endpoint | null): FieldProblems {
  const url = URL.parse(base_url.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return { base_url: "bad_url" };
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    return { base_url: "url_secret" };
  if (/[^\x21-\x7e]/.test(key.trim())) return { key: "bad_key" };
  const moved = URL.parse(before?.base_url ?? "")?.origin !== url.origin;
  const kept = (before?.key ?? null) !== null && key.trim() === "" && !drop_key;
  return kept && moved ? { key: "key_again" } : {};
}

/** @param others the endpoints beside this one */
export function problemsOf(now: WrittenEndpoint, before: Endpoint | null, others: readonly Endpoint[]): FieldProblems {
  const name = now.name.trim();
  const taken = RESERVED.includes(name) || others.some((other) => other.name === name);
  return {
    ...addressProblems(now, before),
    ...(before === null && !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name) ? { name: "bad_name" } : {}),
    ...(before === null && taken ? { name: "name_taken" } : {}),
    ...(now.models.length === 0 ? { models: "no_models" } : {}),
  };
}

/** With a model by the name that was written, as it is listed where it is. */
export function withModel(
  models: readonly EndpointModel[],
  text: string,
  listed: readonly EndpointModel[],
): readonly EndpointModel[] {
  const id = text.trim();
  if (id === "" || models.some((model) => model.id === id)) return models;
  return [...models, listed.find((model) => model.id === id) ?? { id }];
}

/** The key as the gateway is told: nothing where the kept one stays. */
export function keyOf({ key, drop_key }: WrittenEndpoint): { api_key?: string | null } {
  if (drop_key) return { api_key: null };
  return key.trim() === "" ? {} : { api_key: key.trim() };
}

export function fieldsOf(now: WrittenEndpoint): EndpointFields {
  return { base_url: now.base_url.trim(), ...keyOf(now), models: now.models };
}

/** A name for an endpoint by its address, for whoever has not written one. */
export function suggestedName(base_url: string, others: readonly Endpoint[]): string {
  const host = URL.parse(base_url.trim())?.hostname ?? "";
  const parts = host.replace(/^(?:api|www)\./, "").split(".");
  const plain = /^[\d.]+$|^\[/.test(host) || host === "localhost" ? "local" : (parts.at(-2) ?? parts[0] ?? "");
  const base = plain.replace(/[^A-Za-z0-9_.-]/g, "").slice(0, 60);
  if (base === "") return "";
  const taken = new Set([...RESERVED, ...others.map(({ name }) => name)]);
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(name)) return name;
  }
}
