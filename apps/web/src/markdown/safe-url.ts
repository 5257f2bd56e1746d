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
