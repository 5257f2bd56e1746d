/** Where a model's link leads is not ours to vouch for. */
export const REL = "noopener noreferrer nofollow";

const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/** The address as it may be linked, or null: only absolute http, https and mailto addresses are. */
export function safeUrl(href: string): URL | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  return ALLOWED.has(url.protocol) ? url : null;
}

/** An address around the part that says who is on the other side. */
export function partsOf(url: URL): { before: string; host: string; after: string } {
  const { protocol, username, password, host, pathname, search, hash } = url;
  if (protocol === "mailto:") return { before: protocol, host: pathname, after: search + hash };
  const user = username === "" ? "" : `${username}${password === "" ? "" : `:${password}`}@`;
  return { before: `${protocol}//${user}`, host, after: pathname + search + hash };
}
