import { REJECT_CODES, type RejectCode } from "@millrace/protocol/fold";
import { DisconnectedError, RejectedError } from "./errors.ts";
import type { TokenSource } from "./types.ts";

const TIMEOUT_MS = 30_000;

/** What a server may ask for at most: timers that are far longer go off at once. */
const LONGEST_WAIT_MS = 3_600_000;

type Query = Readonly<Record<string, string | number | undefined>>;

export interface HttpRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Query;
  /** Sent as JSON, bytes as they are. */
  body?: object;
  headers?: Readonly<Record<string, string>>;
  /** Ends the request; without one it has half a minute. */
  signal?: AbortSignal;
}

/** The gateway's HTTP door. Everything rejects with RejectedError where the server says why, else with DisconnectedError. */
export class Http {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #token: TokenSource | undefined;

  constructor(options: { url: string; fetch?: typeof fetch | undefined; token?: TokenSource | undefined }) {
    this.#token = options.token;
    this.#base = options.url.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** The JSON of an answer; undefined where it has none. */
  async json<T>(path: string, request: HttpRequest = {}): Promise<T> {
    const response = await this.open(path, { ...request, headers: { accept: "application/json", ...request.headers } });
    return response.status === 204 ? (undefined as T) : read(() => response.json() as Promise<T>);
  }

  async text(path: string, request: HttpRequest = {}): Promise<string> {
    const response = await this.open(path, request);
    return read(() => response.text());
  }

  /** An answer with a good status, whose body is still to be read. */
  async open(path: string, request: HttpRequest = {}): Promise<Response> {
    const { method = "GET", query = {}, body, headers, signal = AbortSignal.timeout(TIMEOUT_MS) } = request;
    const token = this.#token;
    const response = await read(async () =>
      this.#fetch(`${this.#base}${path}${search(query)}`, {
        ...(method !== "GET" && { method }),
        headers: {
          ...(body !== undefined && !isRaw(body) && { "content-type": "application/json" }),
          ...bearer(typeof token === "function" ? await token() : token),
          ...headers,
        },
        ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
        signal,
      }),
    );
    if (response.ok) return response;
    throw refusal(response, await response.json().catch(() => null));
  }
}

const isRaw = (body: object): body is Blob => body instanceof Blob;

function bearer(token: string | undefined): { authorization?: string } {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** A path below the gateway's base address, each part written so that it stays one part. */
export function path(...parts: readonly string[]): string {
  return `/api/v1/${parts.map(encodeURIComponent).join("/")}`;
}

function search(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size > 0 ? `?${parameters}` : "";
}

async function read<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (cause) {
    throw new DisconnectedError("The server gave no answer.", { cause });
  }
}

/** The cause of a DisconnectedError made here is `{ status }`. */
function refusal({ status, headers }: Response, body: unknown): Error {
  const { error } = (body ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (typeof error?.code !== "string" || !Object.hasOwn(REJECT_CODES, error.code)) {
    return new DisconnectedError(`The server answered ${status}.`, { cause: { status } });
  }
  return new RejectedError(error.code as RejectCode, String(error.message), waitOf(headers.get("retry-after")));
}

/** Milliseconds, of a header in seconds. */
function waitOf(retryAfter: string | null): number | undefined {
  const wait = Number(retryAfter ?? Number.NaN) * 1_000;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS);
}
