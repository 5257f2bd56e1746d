import OpenAI from "openai";
import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "../model-port.ts";
import { bodyReader, boundedFetch } from "./bounded-fetch.ts";
import { chatRequest } from "./chat-request.ts";
import { ChatStream } from "./chat-stream.ts";
import { connectionFailure, readReported, reportedFailure } from "./failure.ts";
import { retryAfterMs } from "./retry-after.ts";
import {
  guessThinkingStyle,
  omit,
  RefusedFields,
  refusedFields,
  type ThinkingStyle,
  thinkingFields,
  wantsReasoning,
} from "./thinking.ts";
import { Watchdog } from "./watchdog.ts";

export interface OpenAiModelOptions {
  /** Up to and with `/v1`. */
  readonly base_url: string;
  /** Sent to `base_url` only; without it no `Authorization` is sent. */
  readonly api_key?: string | undefined;
  /** Sent with every request, to `base_url` only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The endpoint's name of the model. */
  readonly model: string;
  /** The name by which it is chosen; the endpoint's by default. */
  readonly id?: string | undefined;
  /**
   * The endpoint's configured name: what it gives to have it back goes back to the same name and `model` only, and is
   * kept under them. `id` by default.
   */
  readonly provider?: string | undefined;
  /** Longest wait for the first data, 60 s by default, and for more of it, 90 s. Milliseconds; comments do not count. */
  readonly first_byte_ms?: number | undefined;
  readonly idle_ms?: number | undefined;
  /** How the endpoint is told to think or not; guessed from `base_url` by default. */
  readonly thinking_style?: ThinkingStyle | undefined;
  /** Whether the endpoint wants to read again what its model thought before it called tools; guessed from `base_url` by default. */
  readonly send_reasoning?: boolean | undefined;
  /** Unix time in milliseconds, against which a `retry-after` date is read. */
  readonly now?: (() => number) | undefined;
}

/** Longest wait for what an endpoint may still send after the answer is complete: usage, the body's end. Milliseconds. */
const AFTER_FINISH_MS = 5_000;
const AFTER_DONE_MS = 250;

/** A model behind any endpoint that speaks OpenAI's chat-completions API. */
export function openAiModel(options: OpenAiModelOptions): ModelPort {
  const { base_url, api_key, model, id = model, first_byte_ms = 60_000, idle_ms = 90_000, now = Date.now } = options;
  const thinking_style = options.thinking_style ?? guessThinkingStyle(base_url);
  const from = `${options.provider ?? id}/${model}`;
  const dialect = { send_reasoning: options.send_reasoning ?? wantsReasoning(base_url), from };
  const refused = new RefusedFields();
  const secrets = [api_key ?? "", ...Object.values(options.headers ?? {})].filter((value) => value !== "");
  const client = new OpenAI({
    baseURL: base_url,
    apiKey: api_key || "none",
    organization: null,
    project: null,
    defaultHeaders: {
      ...options.headers,
      ...(!api_key && !hasAuthorization(options.headers) && { Authorization: null }),
    },
    // A retry is an event of the run, so it is not made here.
    maxRetries: 0,
    timeout: first_byte_ms + 1_000,
    // Its log would hold the conversation.
    logLevel: "off",
    fetch: boundedFetch,
  });

  /** Where the endpoint refuses the fields for thinking it is asked again without them, and from then on. */
  async function ask(request: ModelRequest, watchdog: Watchdog, signal: AbortSignal): Promise<Response> {
    const enabled = request.thinking?.enabled === true;
    const fields = refused.without(thinkingFields(request.thinking, thinking_style), enabled);
    try {
      return await open(client, chatRequest(model, request, fields, dialect), signal);
    } catch (error) {
      const failure = requestFailure(error, secrets, now());
      const names = failure.code === "bad_request" ? refusedFields(failure.message, fields) : [];
      if (names.length === 0) throw error;
      watchdog.wait(first_byte_ms);
      const response = await open(client, chatRequest(model, request, omit(fields, names), dialect), signal);
      refused.add(names, enabled);
      return response;
    }
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<readonly ModelChunk[]> {
    signal.throwIfAborted();
    const closing = new AbortController();
    const close = (): void => closing.abort();
    signal.addEventListener("abort", close, { once: true });
    const watchdog = new Watchdog(first_byte_ms, close);
    const answer = new ChatStream(secrets, request.tools, from);
    try {
      const response = await ask(request, watchdog, closing.signal).catch((error: unknown) => {
        throw watchdog.expired ? timedOut(first_byte_ms) : requestFailure(error, secrets, now());
      });
      const body = bodyReader(response);
      if (body === null) throw connectionFailure(null);
      const decoder = new TextDecoder();
      let broken = false;
      for (;;) {
        let bytes: Uint8Array | null | undefined;
        try {
          bytes = body.take();
        } catch {
          broken = true;
          break;
        }
        if (bytes === null) break;
        if (bytes === undefined) {
          await body.arrival();
          continue;
        }
        const { events, done } = answer;
        const chunks = answer.push(decoder.decode(bytes, { stream: true }));
        if (chunks.length > 0) {
          watchdog.asleep = true;
          yield chunks;
          watchdog.asleep = false;
        }
        if (answer.failure !== null) throw answer.failure;
        if (answer.done && !done) watchdog.wait(AFTER_DONE_MS);
        else if (answer.events > events) watchdog.wait(answer.finished ? AFTER_FINISH_MS : idle_ms);
      }
      signal.throwIfAborted();
      if (watchdog.expired && !answer.finished && !answer.done) {
        throw timedOut(answer.events === 0 ? first_byte_ms : idle_ms);
      }
      const chunks = answer.end(broken);
      if (chunks.length > 0) yield chunks;
      if (answer.failure !== null) throw answer.failure;
    } finally {
      watchdog.stop();
      signal.removeEventListener("abort", close);
      // Where the body was read to its end this does nothing, and the connection is used again.
      closing.abort();
    }
  }

  return { id, stream };
}

/** An endpoint may want its credentials in another way than as a key. */
const hasAuthorization = (headers: OpenAiModelOptions["headers"]): boolean =>
  Object.keys(headers ?? {}).some((name) => name.toLowerCase() === "authorization");

function open(
  client: OpenAI,
  request: OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming,
  signal: AbortSignal,
): Promise<Response> {
  return client.chat.completions.create(request, { signal }).asResponse();
}

function requestFailure(error: unknown, secrets: readonly string[], now: number): ModelError {
  if (!(error instanceof OpenAI.APIError) || error.status === undefined) return connectionFailure(error);
  const status = error.status as number;
  if (status >= 300 && status < 400) {
    const message = `The model's endpoint redirects elsewhere (status ${status}), which is not followed.`;
    return new ModelError("bad_upstream", message, { retryable: false, status });
  }
  // A body that is not JSON is in the message, behind the status.
  const reported = error.error === undefined ? { message: withoutStatus(error.message) } : readReported(error.error);
  return reportedFailure({ ...reported, status, retry_after_ms: retryAfterMs(error.headers, now) }, secrets);
}

const withoutStatus = (message: string): string => message.replace(/^\d{3} (?:status code \(no body\))?/, "");

function timedOut(ms: number): ModelError {
  return new ModelError("model_timeout", `The model's endpoint sent nothing for ${Math.round(ms / 1000)} s.`, {
    retryable: true,
  });
}
