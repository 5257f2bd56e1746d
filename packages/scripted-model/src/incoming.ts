import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { ChatRequest } from "./chat.ts";

/** The most a request's body may have, in bytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** An answer in OpenAI's error shape. */
export interface Refusal {
  readonly status: number;
  readonly body: {
    readonly error: { readonly message: string; readonly type: string; readonly param: null; readonly code: string };
  };
}

export function refusal(status: number, code: string, message: string): Refusal {
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return { status, body: { error: { message, type, param: null, code } } };
}

/** The body's text; undefined where it is longer than `MAX_BODY_BYTES`, of which no more is kept. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= MAX_BODY_BYTES) {
      parts.push(part);
    } else {
      parts.length = 0;
    }
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(parts).toString("utf8");
}

/** @param models the model names known here; every name when undefined */
export function parseChatRequest(
  body: string | undefined,
  models: readonly string[] | undefined,
): { readonly request: ChatRequest } | { readonly refusal: Refusal } {
  if (body === undefined) {
    return { refusal: refusal(413, "too_large", `The body is longer than ${MAX_BODY_BYTES} bytes.`) };
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { refusal: refusal(400, "invalid_json", "The body is not valid JSON.") };
  }
  if (!isObject(value)) {
    return { refusal: refusal(400, "invalid_json", "The body must be a JSON object.") };
  }
  const { model, messages } = value;
  if (typeof model !== "string" || model === "") {
    return { refusal: refusal(400, "missing_model", "`model` must be a non-empty string.") };
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    return { refusal: refusal(400, "missing_messages", "`messages` must be a non-empty array.") };
  }
  const wrong = messages.findIndex((message) => !isObject(message) || typeof message.role !== "string");
  if (wrong !== -1) {
    return { refusal: refusal(400, "invalid_message", `\`messages[${wrong}]\` must be an object with a \`role\`.`) };
  }
  if (models !== undefined && !models.includes(model)) {
    return { refusal: refusal(404, "model_not_found", `The model \`${model}\` does not exist here.`) };
  }
  return { request: value as unknown as ChatRequest };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const SECRETS = ["authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"];

/** A secret's stand-in: equal secrets have equal digests, and nothing else can be learnt from it. */
export function secretDigest(secret: string): string {
  return `sha256:${createHash("sha256").update(secret).digest("hex").slice(0, 16)}`;
}

/** The headers with every secret replaced by its digest. */
export function safeHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined) {
        return [];
      }
      const whole = Array.isArray(value) ? value.join(", ") : value;
      return [[name, SECRETS.includes(name) ? secretDigest(whole) : whole]];
    }),
  );
}
