/** An HTTP date in any of its three forms begins with the day of the week. */
const DAY = /^(?:mon|tue|wed|thu|fri|sat|sun)/i;

const NUMBER = /^\d+(?:\.\d+)?$/;

/**
 * How long a response asks to wait before the next request: `retry-after-ms`, else `retry-after` as seconds or a date.
 * Milliseconds, rounded up; null where it says nothing that makes sense, such as a date that has passed.
 *
 * @param now Unix time in milliseconds
 */
export function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const exact = headers?.get("retry-after-ms")?.trim() ?? "";
  if (NUMBER.test(exact)) return Math.ceil(Number(exact));
  const value = headers?.get("retry-after")?.trim() ?? "";
  if (NUMBER.test(value)) return Math.ceil(Number(value) * 1000);
  if (!DAY.test(value)) return null;
  const until = Date.parse(/(?:gmt|utc)$/i.test(value) ? value : `${value} GMT`);
  return until > now ? until - now : null;
}
