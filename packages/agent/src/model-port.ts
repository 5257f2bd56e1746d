import type { Usage } from "@millrace/protocol";
import type { ModelMessage } from "./messages.ts";

/** What the model is asked. Everything in it is complete: a port adds nothing of its own to the conversation. */
export interface ModelRequest {
  readonly system: string | null;
  /** Valid for a strict endpoint: every tool call is answered, nothing is empty. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly thinking: ThinkingOption | null;
}

/** A function as the model sees it; `parameters` is a JSON schema (draft 7) of an object. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ThinkingOption {
  readonly enabled: boolean;
  /** Tokens. */
  readonly budget?: number | undefined;
}

/** What a provider wants back, see the protocol: a port sends it back only where it gave it. */
export type ProviderData = Readonly<Record<string, unknown>>;

/** A piece of the model's answer. */
export type ModelChunk =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  /** Shown like text; the run then ends with `content_filter`. */
  | { readonly type: "refusal"; readonly text: string }
  | ToolCallFragment
  /** Of the whole answer. More than one may come; the last one counts. */
  | { readonly type: "provider_data"; readonly provider_data: ProviderData }
  /** The answer is complete. More than one may come; the last one counts. */
  | { readonly type: "finish"; readonly reason: string }
  /** More than one may come; the last one counts. */
  | { readonly type: "usage"; readonly usage: Usage };

/** A piece of a tool call as the endpoint sent it, faults included; `ToolCallAssembly` makes calls of them. */
export interface ToolCallFragment {
  readonly type: "tool_call";
  /** The endpoint's number of the call; undefined where it gave none. */
  readonly index?: number | undefined;
  /** Place among the fragments that came together, from 0; undefined where one came alone. */
  readonly position?: number | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** A piece of the arguments' JSON text. */
  readonly arguments?: string | undefined;
  /** Of the call; the last one counts. */
  readonly provider_data?: ProviderData | undefined;
}

/** A model behind some endpoint. */
export interface ModelPort {
  /** The name by which it is chosen. */
  readonly id: string;
  /**
   * Asks once, without retries. Yields what each read from the network brought, in order. An answer is complete
   * when a `finish` came; everything else throws a {@link ModelError}. When `signal` aborts, the request is closed
   * at once and the iteration ends or throws.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<readonly ModelChunk[]>;
}

/** Why a model call failed. The comment says what a caller may do. */
export type ModelErrorCode =
  /** 429: wait, then ask again. */
  | "rate_limited"
  /** No byte, or no data, for too long: ask again. */
  | "model_timeout"
  /** The key is missing or wrong: set another. */
  | "unauthorized"
  /** The account has no credit: pay. */
  | "payment_required"
  /** The key may not do this: use another. */
  | "forbidden"
  /** The endpoint does not know the model: choose another. */
  | "unknown_model"
  /** The conversation is longer than the model takes: shorten it. */
  | "context_length"
  /** The endpoint refused the request for another reason: change it. */
  | "bad_request"
  /** Nothing listens there: start it, or correct the address. */
  | "connection_refused"
  /** The name does not resolve: correct the address. */
  | "host_not_found"
  /** The certificate or the handshake is wrong. */
  | "tls_error"
  /** The connection failed or broke before an answer began: ask again. */
  | "connection_failed"
  /** What came is not an answer in the expected form. */
  | "bad_upstream"
  /** The answer broke off: ask again. */
  | "truncated"
  /** The answer holds neither text nor a call: ask again. */
  | "empty_response"
  /** A line or a whole answer is beyond its limit. */
  | "response_too_large"
  /** The endpoint reported a failure of its own: ask again. */
  | "upstream_error";

/** A model call failed. `message` is fit to be shown and stored: short, without markup and secrets. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;
  /** The same request may succeed later. */
  readonly retryable: boolean;
  /** HTTP status; null where there was no answer, or it came inside a stream. */
  readonly status: number | null;
  /** How long the endpoint asks to wait before it is asked again; null where it does not say. Milliseconds. */
  readonly retry_after_ms: number | null;

  constructor(
    code: ModelErrorCode,
    message: string,
    options: { retryable: boolean; status?: number | null; retry_after_ms?: number | null; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.status = options.status ?? null;
    this.retry_after_ms = options.retry_after_ms ?? null;
  }
}
