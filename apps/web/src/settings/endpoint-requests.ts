import { requestJson } from "../shell/gateway-http.ts";
import { MODELS_CHANGED } from "../shell/models-changed.ts";

export interface EndpointModel {
  readonly id: string;
  /** Tokens, where it is known. */
  readonly context?: number;
}

/** An endpoint as the gateway tells it. Only those of the page can be changed. */
export interface Endpoint {
  readonly name: string;
  readonly source: "environment" | "config" | "page" | "found" | "demo";
  readonly base_url: string | null;
  /** Null: none. `last`: its last characters, empty where it is short. */
  readonly key: { readonly last: string } | null;
  readonly models: readonly EndpointModel[];
}

/** `undefined`: the kept one, null: none. */
export interface EndpointFields {
  readonly base_url: string;
  readonly api_key?: string | null;
  readonly models: readonly EndpointModel[];
}

/** Why an endpoint did not list its models. */
type TestFailure =
  | "unreachable"
  | "timeout"
  | "key_refused"
  | "no_list"
  | "redirected"
  | "failed"
  | "too_large"
  | "not_models";

export type TestAnswer =
  | { readonly models: readonly EndpointModel[]; readonly ms: number }
  | { readonly failure: { readonly code: TestFailure; readonly message: string }; readonly ms: number };

/** What the gateway refused, with its code. */
export class RefusedRequest extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const PATH = "/api/v1/endpoints";
const at = (name: string) => `${PATH}/${encodeURIComponent(name)}`;

export const listEndpoints = async (): Promise<readonly Endpoint[]> =>
  (await requestJson<{ endpoints: readonly Endpoint[] }>("GET", PATH)).endpoints;

export function testEndpoint(asked: { name?: string; base_url: string; api_key?: string | null }): Promise<TestAnswer> {
  return sendJson<TestAnswer>("POST", `${PATH}/test`, asked);
}

export async function addEndpoint(name: string, fields: EndpointFields): Promise<void> {
  await sendJson("POST", PATH, { name, ...fields });
  tellModelsChanged();
}

export async function changeEndpoint(name: string, fields: EndpointFields): Promise<void> {
  await sendJson("PATCH", at(name), fields);
  tellModelsChanged();
}

/** What is gone already counts as removed. */
export async function removeEndpoint(name: string): Promise<void> {
  await sendJson("DELETE", at(name), undefined, 404);
  tellModelsChanged();
}

async function sendJson<T>(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown, fine = 0): Promise<T> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const sent = body === undefined ? null : JSON.stringify(body);
  const response = await fetch(path, { method, headers, body: sent });
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok || response.status === fine) return answer as T;
  const { code = "unknown", message = `HTTP ${response.status}` } =
    (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  throw new RefusedRequest(code, message);
}

function tellModelsChanged(): void {
  const channel = new BroadcastChannel(MODELS_CHANGED);
  channel.postMessage(null);
  channel.close();
}
