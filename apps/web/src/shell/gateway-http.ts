/** A request to the gateway that served this page. `fine`: statuses that count as done. Rejects with what it says. */
export async function requestJson<T = unknown>(
  method: "GET" | "DELETE",
  path: string,
  fine: readonly number[] = [],
): Promise<T> {
  const response = await fetch(path, { method, headers: { accept: "application/json" } });
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok || fine.includes(response.status)) return body as T;
  const { error } = (body ?? {}) as { error?: { message?: unknown } };
  throw new Error(typeof error?.message === "string" ? error.message : `HTTP ${response.status}`);
}
