import { ModelError, type ModelErrorCode } from "../model-port.ts";
import { shownMessage } from "./shown-message.ts";

/** What an endpoint said about its failure, wherever it said it. */
export interface Reported {
  /** HTTP status, or a code inside a stream that looks like one. */
  readonly status?: number | undefined;
  /** The endpoint's own words for the kind. */
  readonly kind?: string | undefined;
  readonly message: string;
  /** How long it asks to wait. */
  readonly retry_after_ms?: number | null | undefined;
}

type Kind = readonly [code: ModelErrorCode, retryable: boolean];

const BY_STATUS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [400, ["bad_request", false]],
  [401, ["unauthorized", false]],
  [402, ["payment_required", false]],
  [403, ["forbidden", false]],
  [404, ["unknown_model", false]],
  [408, ["model_timeout", true]],
  [409, ["upstream_error", true]],
  [413, ["context_length", false]],
  [422, ["bad_request", false]],
  [429, ["rate_limited", true]],
]);

const BY_KIND: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["context_length_exceeded", ["context_length", false]],
  ["insufficient_quota", ["payment_required", false]],
  ["rate_limit_exceeded", ["rate_limited", true]],
  ["rate_limit_error", ["rate_limited", true]],
  ["invalid_api_key", ["unauthorized", false]],
  ["authentication_error", ["unauthorized", false]],
  ["model_not_found", ["unknown_model", false]],
  ["timeout", ["model_timeout", true]],
]);

/** Endpoints without a code of their own for it say it in these words. */
const TOO_LONG = /context[ _](?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens/i;

/** A failure that the endpoint reported, by status or inside its stream. */
export function reportedFailure(reported: Reported, secrets: readonly string[]): ModelError {
  const { status, kind, retry_after_ms = null } = reported;
  const [code, retryable] = kindOf(reported);
  const message = shownMessage(reported.message, secrets) || words(status, kind);
  return new ModelError(code, message, { retryable, retry_after_ms, ...(status !== undefined && { status }) });
}

function kindOf({ status, kind, message }: Reported): Kind {
  const named = kind === undefined ? undefined : BY_KIND.get(kind);
  if (named !== undefined) return named;
  if ((status === undefined || status === 400 || status === 422) && TOO_LONG.test(message.slice(0, 4096))) {
    return ["context_length", false];
  }
  if (status === undefined) return ["upstream_error", true];
  const known = BY_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return ["upstream_error", true];
  return status >= 400 ? ["bad_request", false] : ["bad_upstream", false];
}

function words(status: number | undefined, kind: string | undefined): string {
  if (status === undefined) return `The model's endpoint reported an error${kind === undefined ? "" : ` (${kind})`}.`;
  return `The model's endpoint answered with status ${status}.`;
}

/** Reads the `error` of a chunk or body: an object of any dialect, a list of them, or a text. */
export function readReported(error: unknown): Reported {
  if (typeof error === "string") return { message: error };
  if (Array.isArray(error) && error.length === 1) return readReported(error[0]);
  if (typeof error !== "object" || error === null) return { message: "" };
  const { code, type, status, status_code, error: inner, metadata } = error as Record<string, unknown>;
  const message = messageOf(error as Record<string, unknown>);
  if (message === undefined && inner !== undefined && inner !== null) return readReported(inner);
  const number = [status, code, status_code]
    .map(Number)
    .find((value) => Number.isInteger(value) && value >= 400 && value < 600);
  const kind = [code, type].find((value) => typeof value === "string" && !/^\d*$/.test(value));
  return {
    message: `${typeof message === "string" ? message : (JSON.stringify(message) ?? "")}${rawOf(metadata)}`,
    status: number,
    kind: typeof kind === "string" ? kind : undefined,
  };
}

function messageOf(error: Record<string, unknown>): unknown {
  const { message, detail, msg, error_msg, error_message, status_msg } = error;
  return [message, detail, msg, error_msg, error_message, status_msg].find(
    (text) => text !== undefined && text !== null,
  );
}

/** What an endpoint behind a router said, which the router's own message leaves out. */
function rawOf(metadata: unknown): string {
  const raw = typeof metadata === "object" && metadata !== null ? (metadata as { raw?: unknown }).raw : undefined;
  return typeof raw === "string" && raw !== "" ? `: ${raw}` : "";
}

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH)/;

/** A failure of the connection before or while an answer came. The system's code decides, never its words. */
export function connectionFailure(error: unknown): ModelError {
  const codes = systemCodes(error);
  const has = (...wanted: string[]): boolean => codes.some((code) => wanted.includes(code));
  const failed = (code: ModelErrorCode, message: string): ModelError =>
    new ModelError(code, message, { retryable: true });
  if (has("ECONNREFUSED")) return failed("connection_refused", "Nothing listens at the model's address.");
  if (has("ENOTFOUND", "EAI_AGAIN")) return failed("host_not_found", "The model's host name does not resolve.");
  if (codes.some((code) => TLS.test(code)))
    return failed("tls_error", "The model's endpoint failed the TLS handshake.");
  if (has("ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT")) {
    return failed("model_timeout", "The model's endpoint did not answer in time.");
  }
  return failed("connection_failed", "The connection to the model's endpoint failed.");
}

function systemCodes(error: unknown): string[] {
  const codes: string[] = [];
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth += 1) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === "string") codes.push(code);
    // Both address families failed: the reasons are in a list.
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return codes;
}
