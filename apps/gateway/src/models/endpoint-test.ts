import { MOST_MODELS } from "./endpoint-file.ts";
import { fieldsOf } from "./fields.ts";

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

/** A model as its endpoint lists it. `context`: tokens, where it says. */
interface ListedModel {
  readonly id: string;
  readonly context?: number;
}

/** `ms`: how long it took. */
export type TestResult =
  | { readonly models: readonly ListedModel[]; readonly ms: number }
  | { readonly failure: { readonly code: TestFailure; readonly message: string }; readonly ms: number };

export interface TestOptions {
  readonly now?: () => number;
  /** Milliseconds for the whole answer. */
  readonly most_ms?: number;
  /** Bytes of it, unpacked. */
  readonly most_bytes?: number;
}

const MESSAGES: Readonly<Record<TestFailure, string>> = {
  unreachable: "Nothing answers at this address.",
  timeout: "It did not answer in time.",
  key_refused: "It refused the key.",
  no_list: "It has no list of models at this address. Most addresses end in /v1.",
  redirected: "It sends elsewhere: give the address that it sends to.",
  failed: "It answered with an error.",
  too_large: "Its answer is too long for a list of models.",
  not_models: "What it answered is not a list of models. Most addresses end in /v1.",
};

/**
 * Asks an endpoint for its models. Nothing of what it says comes back but their names: an answer may repeat the key.
 * Follows no redirect, so that the key goes nowhere else. Never rejects.
 */
export async function testEndpoint(
  { base_url, api_key }: { readonly base_url: string; readonly api_key: string | null },
  { now = Date.now, most_ms = 8_000, most_bytes = 4 * 1024 * 1024 }: TestOptions = {},
): Promise<TestResult> {
  const began = now();
  const signal = AbortSignal.timeout(most_ms);
  const outcome = await list(`${base_url.replace(/\/+$/, "")}/models`, api_key, signal, most_bytes);
  const ms = Math.max(0, Math.round(now() - began));
  if (typeof outcome !== "string") return { models: outcome, ms };
  return { failure: { code: outcome, message: MESSAGES[outcome] }, ms };
}

async function list(
  url: string,
  api_key: string | null,
  signal: AbortSignal,
  most_bytes: number,
): Promise<readonly ListedModel[] | TestFailure> {
  const leave = new AbortController();
  const stop = AbortSignal.any([signal, leave.signal]);
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: stop,
      headers: { accept: "application/json", ...(api_key === null ? {} : { authorization: `Bearer ${api_key}` }) },
    });
    const refusal = refusalOf(response.status);
    if (refusal !== null) return refusal;
    const text = await textOf(response, most_bytes);
    return text === null ? "too_large" : (modelsIn(text) ?? "not_models");
  } catch {
    return signal.aborted ? "timeout" : "unreachable";
  } finally {
    // The rest of an answer is not waited for.
    leave.abort();
  }
}

function refusalOf(status: number): TestFailure | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return "redirected";
  if (status === 401 || status === 403) return "key_refused";
  return status === 404 || status === 405 ? "no_list" : "failed";
}

/** Null where it is longer. */
async function textOf({ body }: Response, most_bytes: number): Promise<string | null> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let left = most_bytes;
  for await (const bytes of body as AsyncIterable<Uint8Array>) {
    left -= bytes.length;
    if (left < 0) return null;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

/** Null where it is no list of models. Some endpoints answer with the list alone. */
function modelsIn(text: string): readonly ListedModel[] | null {
  const content = parsed(text);
  const listed = Array.isArray(content) ? content : fieldsOf(content).data;
  if (!Array.isArray(listed)) return null;
  const found = new Map<string, ListedModel>();
  for (const entry of listed) {
    const { id, ...said } = fieldsOf(entry);
    if (found.size === MOST_MODELS) break;
    if (typeof id !== "string" || !/^[^\p{Cc}]{1,200}$/u.test(id)) continue;
    const context = [said.context_length, said.max_model_len, said.context_window].find(isContext);
    found.set(id, { id, ...(context === undefined ? {} : { context }) });
  }
  return [...found.values()];
}

const isContext = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1_000 && (value as number) <= 1e9;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
