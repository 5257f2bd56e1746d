/** Longest pattern that is taken. UTF-16 code units. */
export const PATTERN_LENGTH = 256;

/**
 * A test for relative paths with `/`. `?` is one character and `*` any number of them, neither a slash; `**` as a
 * whole segment is any number of segments. An empty pattern takes everything; one without a slash is held against the
 * last segment alone. Every other character is itself. The time is bounded by pattern × path, whatever the pattern.
 */
export function globTest(pattern: string): (path: string) => boolean {
  const wanted = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  const [name = "**"] = wanted;
  if (pattern === "") return () => true;
  if (!pattern.includes("/")) return (path) => matchSegment(name, path.slice(path.lastIndexOf("/") + 1));
  return (path) => matchSequence(wanted, path.split("/"), (segment) => segment === "**", matchSegment);
}

function matchSegment(pattern: string, name: string): boolean {
  const one = (wanted: string, character: string): boolean => wanted === "?" || wanted === character;
  return matchSequence([...pattern], [...name], (character) => character === "*", one);
}

/** Greedy: only the last wildcard can need to take one more, so that is the only way back. */
function matchSequence<T>(
  pattern: readonly T[],
  items: readonly T[],
  isWildcard: (wanted: T) => boolean,
  matches: (wanted: T, item: T) => boolean,
): boolean {
  let at = 0;
  let item = 0;
  let back: { readonly at: number; item: number } | null = null;
  while (item < items.length) {
    if (at < pattern.length && isWildcard(pattern[at]!)) {
      back = { at, item };
      at += 1;
    } else if (at < pattern.length && matches(pattern[at]!, items[item]!)) {
      at += 1;
      item += 1;
    } else if (back !== null) {
      back.item += 1;
      item = back.item;
      at = back.at + 1;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(isWildcard);
}
