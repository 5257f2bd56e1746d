/**
 * Parts with the place where each begins, counted in `length`s. Text only grows at its end, so a place names a part
 * for as long as the part is there.
 */
export function placed<T>(
  parts: readonly T[],
  length: (part: T) => number,
  from = 0,
): readonly { readonly at: number; readonly part: T }[] {
  let at = from;
  return parts.map((part) => {
    const own = at;
    at += Math.max(1, length(part));
    return { at: own, part };
  });
}

export const rawLength = (part: { readonly raw: string }): number => part.raw.length;
export const textLength = (part: { readonly text: string }): number => part.text.length;
