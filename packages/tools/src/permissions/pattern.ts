/** Longest pattern that is taken, and longest text it is held against. UTF-16 code units. */
export const PATTERN_LENGTH = 256;
export const SUBJECT_LENGTH = 1024;

const STAR = 0x2a;
const ANY = 0x3f;

/**
 * Whether a pattern names the whole of a text. `*` is any run of characters, slashes and spaces among them, `?` is
 * one; every other character is itself, and nothing escapes the two. A pattern or text over its limit is `null`:
 * what that means is for the caller to say. The time is at most pattern × text steps, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string): boolean | null {
  if (pattern.length > PATTERN_LENGTH || text.length > SUBJECT_LENGTH) return null;
  let at = 0;
  let read = 0;
  let star = -1;
  let starRead = 0;
  while (read < text.length) {
    const wanted = pattern.charCodeAt(at);
    if (wanted === STAR) {
      star = at;
      starRead = read;
      at += 1;
    } else if (wanted === ANY || wanted === text.charCodeAt(read)) {
      at += 1;
      read += 1;
    } else if (star !== -1) {
      // Only the last star can need to take one more: what lies before it has matched as early as it can.
      starRead += 1;
      read = starRead;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(at) === STAR) at += 1;
  return at === pattern.length;
}
