import { setTimeout as pause } from "node:timers/promises";
import { CommandFailure } from "../failure.ts";

/** A gateway, and what shows it who this is. */
export interface Place {
  readonly url: string;
  readonly token?: string;
}

/** A connection or request that was answered with no; `status` 0: not answered at all. */
export class Refused extends Error {
  readonly status: number;
  /** What the gateway wants us to wait. */
  readonly retry_after_ms: number | null;

  constructor(status: number, retry_after: string | null | undefined, options?: ErrorOptions) {
    super(`The gateway answered ${status}.`, options);
    this.status = status;
    const seconds = Number(retry_after ?? Number.NaN);
    this.retry_after_ms = Number.isFinite(seconds) ? Math.min(60_000, Math.max(0, seconds * 1_000)) : null;
  }

  /** Whether the same may be tried again a little later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** At most so many connections and requests a second, all readers and senders together: far below what a gateway bears. */
const CONNECTIONS_PER_SECOND = 40;
const ATTEMPTS = 6;
const REQUEST_MS = 30_000;

/** Lets through one at a time, in the order in which they came. */
export class Gate {
  readonly #signal: AbortSignal;
  #next = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws AbortError */
  async enter(): Promise<void> {
    this.#signal.throwIfAborted();
    const now = performance.now();
    const turn = Math.max(now, this.#next);
    this.#next = turn + 1_000 / CONNECTIONS_PER_SECOND;
    if (turn > now) await pause(turn - now, undefined, { signal: this.#signal });
  }

  /** Everybody waits so long. */
  hold(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms);
  }

  /**
   * Does something that a gateway may refuse for a while, again and again for some ten seconds or as long as it says.
   *
   * @throws CommandFailure where it stays refused
   */
  async patiently<T>(place: Place, work: () => Promise<T>, attempts: number = ATTEMPTS): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      await this.enter();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#signal.throwIfAborted();
        if (!error.passes || attempt >= attempts) throw new CommandFailure(whyNot(place.url, error), { cause: error });
        if (error.retry_after_ms !== null) this.hold(error.retry_after_ms);
        await pause(200 * 2 ** attempt, undefined, { signal: this.#signal });
      }
    }
  }
}

function whyNot(url: string, { status, message, cause }: Refused): string {
  const code = codeOf(cause);
  if (status === 0 && /CERT|UNABLE_TO_VERIFY/u.test(code)) {
    return `the certificate of ${url} cannot be trusted (${code}): name the file of a CA of your own in NODE_EXTRA_CA_CERTS`;
  }
  if (status === 0) return `no gateway answers at ${url}: start one with \`millrace\`, or name another with --url`;
  if (status === 401 || status === 403) return `the gateway at ${url} wants another token: set MILLRACE_TOKEN`;
  if (status === 404) return `what answers at ${url} is no gateway (status 404)`;
  return `${message} (${url})`;
}

/** The innermost code of what went wrong. */
function codeOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { readonly cause?: unknown; readonly code?: unknown };
  return cause === undefined ? String(code ?? "") : codeOf(cause);
}

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/** A request to `/api/v1`; no body in the answer is null. @throws CommandFailure, AbortError */
export function ask<T>(
  place: Place,
  gate: Gate,
  path: string,
  init: RequestInit = {},
  attempts: number = ATTEMPTS,
): Promise<Answer<T>> {
  const request = async (): Promise<Answer<T>> => {
    const response = await open(place, path, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
    const text = await response.text().catch((cause) => refuse(0, null, cause));
    return { body: readBody(place.url, text) as T, headers: response.headers };
  };
  return gate.patiently(place, request, attempts);
}

function readBody(url: string, text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure(`what answers at ${url} is no gateway: its answer is no JSON`, { cause });
  }
}

/** @throws Refused */
export async function open({ url, token }: Place, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (init.body !== undefined) headers.set("content-type", "application/json");
  const response = await fetch(`${url}/api/v1/${path}`, { ...init, headers }).catch((cause) => refuse(0, null, cause));
  if (response.ok) return response;
  await response.body?.cancel();
  return refuse(response.status, response.headers.get("retry-after"));
}

function refuse(status: number, retry_after: string | null, cause?: unknown): never {
  throw new Refused(status, retry_after, { cause });
}
