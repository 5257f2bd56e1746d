/** The session of an address, or null for a new chat. */
export function sessionOf(pathname: string): string | null {
  const match = /^\/s\/([^/]+)\/?$/.exec(pathname);
  if (match === null) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return null;
  }
}

/** Where logs from files are shown. */
export const REPLAY_ADDRESS = "/replay";

export const isReplay = (pathname: string): boolean => pathname.replace(/\/$/, "") === REPLAY_ADDRESS;

export function addressOf(session_id: string | null): string {
  return session_id === null ? "/" : `/s/${encodeURIComponent(session_id)}`;
}
