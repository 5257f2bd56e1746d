/** What the server does, in order. Every member is one thing a real endpoint has been seen doing. */
export type Action =
  /** One chunk with `delta.content`. */
  | { readonly text: string }
  /** One chunk with the reasoning field, `reasoning_content` unless named. */
  | { readonly reasoning: string; readonly field?: "reasoning_content" | "reasoning" }
  /** A tool call: the first chunk has id and name, the argument text follows in fragments. */
  | { readonly tool_call: ToolCallSpec }
  /** One chunk of the usual frame with this `delta` as it is: for shapes `tool_call` does not make. */
  | { readonly delta: unknown }
  /** Waits. Paces are kept on an absolute schedule; 0 is one turn of the event loop. */
  | { readonly delay_ms: number }
  /** Waits until so many milliseconds after the request arrived. */
  | { readonly at_ms: number }
  /** A whole chunk of the script's own, serialized. One with `error` switches the automatic ending off. */
  | { readonly chunk: unknown }
  /** One SSE event with this text as its data, untouched, valid JSON or not. */
  | { readonly data: string; readonly event?: string }
  /** Bytes put into the body as they are. */
  | { readonly raw: string | Uint8Array }
  /** An SSE comment line. */
  | { readonly comment: string }
  /** One chunk with `finish_reason`. */
  | { readonly finish: string }
  /** One chunk with `choices: []` and this usage, asked for or not. */
  | { readonly usage: unknown }
  /** `[DONE]`; nothing is added after it by itself. */
  | { readonly done: true }
  /**
   * Ends here: `end` closes the body properly, without anything added; `fin` closes the connection inside the
   * body; `rst` resets it, once the system has taken everything before (a reader that lags may lose some).
   */
  | { readonly cut: "end" | "fin" | "rst" }
  /** Keeps the connection open and silent until the client leaves. First in a script: before the headers. */
  | { readonly hang: true }
  /**
   * The response's status and headers. With `body` (an object is sent as JSON) that is the whole response;
   * without, the headers go out now and the stream follows.
   */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array | object;
    }
  /** HTTP trailers, sent when the body ends. */
  | { readonly trailers: Readonly<Record<string, string>> };

export interface ToolCallSpec {
  readonly id: string;
  readonly name: string;
  /** JSON text as it is, or a value to serialize. */
  readonly arguments: string | object;
  /** In how many pieces the argument text is sent, or the pieces themselves; one by default. */
  readonly fragments?: number | readonly string[];
  /** The call's `index`: its place among the script's calls by default, left out when null. */
  readonly index?: number | null;
  /** Wait before each fragment. */
  readonly pace_ms?: number;
}

/**
 * Actions in order. Where the script has not ended itself (by `done`, `cut`, `hang`, a whole body or an error
 * chunk) the server adds the finish chunk, the usage if asked for, and `[DONE]`.
 */
export type Script = Iterable<Action> | AsyncIterable<Action>;

export interface PaceOptions {
  /** Wait before each piece, in milliseconds; none by default. */
  readonly pace_ms?: number;
  /** UTF-16 code units per piece; a surrogate pair is never split. The whole text by default. */
  readonly size?: number;
}

/** Cuts text into pieces of `size` code units, one more where a surrogate pair would be split. */
export function pieces(value: string, size: number): string[] {
  const step = Math.max(1, Math.floor(size));
  const found: string[] = [];
  for (let start = 0; start < value.length; ) {
    let end = Math.min(start + step, value.length);
    if (isHigh(value.charCodeAt(end - 1)) && isLow(value.charCodeAt(end))) {
      end += 1;
    }
    found.push(value.slice(start, end));
    start = end;
  }
  return found;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function paced(actions: readonly Action[], pace: number | undefined): Action[] {
  return pace === undefined ? [...actions] : actions.flatMap((action) => [{ delay_ms: pace }, action]);
}

export function text(value: string, options: PaceOptions = {}): Action[] {
  const parts = pieces(value, options.size ?? Number.MAX_SAFE_INTEGER);
  return paced(
    parts.map((part) => ({ text: part })),
    options.pace_ms,
  );
}

export function reasoning(
  value: string,
  options: PaceOptions & { readonly field?: "reasoning_content" | "reasoning" } = {},
): Action[] {
  const parts = pieces(value, options.size ?? Number.MAX_SAFE_INTEGER);
  const field = options.field ?? "reasoning_content";
  return paced(
    parts.map((part) => ({ reasoning: part, field })),
    options.pace_ms,
  );
}

/** A whole answer: text, optionally reasoning before it, ended as usual. */
export function reply(value: string, options: PaceOptions & { readonly reasoning?: string } = {}): Action[] {
  const thought = options.reasoning === undefined ? [] : reasoning(options.reasoning, options);
  return [...thought, ...text(value, options)];
}

/** The calls of one assistant message; the automatic ending has `finish_reason: "tool_calls"`. */
export function toolCalls(calls: readonly ToolCallSpec[]): Action[] {
  return calls.map((call) => ({ tool_call: call }));
}

/** Bytes in pieces of `size`, each written by itself: cuts characters and lines anywhere. */
export function bytes(
  body: string | Uint8Array,
  options: { readonly size?: number; readonly pace_ms?: number } = {},
): Action[] {
  const whole = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const size = Math.max(1, Math.floor(options.size ?? Math.max(1, whole.length)));
  const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => ({
    raw: whole.subarray(at * size, (at + 1) * size),
  }));
  return paced(parts, options.pace_ms);
}

/** An answer other than 200, as JSON in OpenAI's shape. */
export function failure(
  status: number,
  message: string,
  options: {
    readonly type?: string;
    readonly code?: string | null;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Action[] {
  const type = options.type ?? (status >= 500 ? "server_error" : "invalid_request_error");
  const body = { error: { message, type, param: null, code: options.code ?? null } };
  return [{ status, headers: options.headers ?? {}, body }];
}

export interface FloodOptions {
  readonly count: number;
  /** Numbers in one chunk, 1 by default. */
  readonly perChunk?: number;
  /** Wait before each chunk, in milliseconds; none by default. */
  readonly pace_ms?: number;
  /** The first number, 1 by default. */
  readonly from?: number;
}

/** `⟦000001⟧⟦000002⟧…`: text that shows what was lost, repeated or swapped. Made as it is sent, reusable. */
export function numberedFlood(options: FloodOptions): Iterable<Action> {
  const perChunk = Math.max(1, Math.floor(options.perChunk ?? 1));
  const first = options.from ?? 1;
  return {
    *[Symbol.iterator](): Generator<Action> {
      for (let sent = 0; sent < options.count; sent += perChunk) {
        if (options.pace_ms !== undefined) {
          yield { delay_ms: options.pace_ms };
        }
        yield { text: floodText({ from: first + sent, count: Math.min(perChunk, options.count - sent) }) };
      }
    },
  };
}

/** The text a flood adds up to. */
export function floodText(options: Pick<FloodOptions, "count" | "from">): string {
  const first = options.from ?? 1;
  return Array.from({ length: options.count }, (_, at) => `⟦${String(first + at).padStart(6, "0")}⟧`).join("");
}
