import type { ConnectionState } from "@millrace/client";

/** Close codes of a gateway that does not know, or not any more, who this is. */
const UNKNOWN: ReadonlySet<number> = new Set([4101, 4102]);

/** Whether a connection was closed until somebody signs in. */
export function isSignedOut(connection: ConnectionState): boolean {
  return connection.state === "closed" && UNKNOWN.has(connection.code);
}

/** Whether a request failed for the same reason. */
export function isUnauthorized(error: unknown): boolean {
  const { status } = ((error as Error | null)?.cause ?? {}) as { status?: unknown };
  return status === 401;
}

/** The gateway's own page asks for a token, and comes back here. Never reached in local mode. */
export function goToSignIn(): void {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}
