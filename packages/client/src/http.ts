import { REJECT_CODES, type RejectCode } from "@millrace/protocol";
import { DisconnectedError, RejectedError } from "./errors.ts";

const TIMEOUT_MS = 30_000;

/** `GET` of a JSON answer. Rejects with RejectedError where the server says why, else with DisconnectedError. */
export async function getJson<T>(
  fetch: typeof globalThis.fetch,
  base: string,
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): Promise<T> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const search = parameters.size > 0 ? `?${parameters}` : "";
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(`${base.replace(/\/+$/, "")}${path}${search}`, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    body = await response.json();
  } catch (cause) {
    throw new DisconnectedError("The server gave no answer.", { cause });
  }
  if (status >= 200 && status < 300) return body as T;
  const { error } = (body ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (typeof error?.code === "string" && Object.hasOwn(REJECT_CODES, error.code)) {
    throw new RejectedError(error.code as RejectCode, String(error.message));
  }
  throw new DisconnectedError(`The server answered ${status}.`);
}
