/** Seconds as the interface writes them: `0.31`, `4.4`, `48`, without a unit. */
export function seconds(value: number): string {
  const s = Math.max(0, value);
  if (s < 1) return s.toFixed(2);
  return s < 10 ? s.toFixed(1) : String(Math.round(s));
}

/** A duration with its unit: `0.31 s`, `48 s`, `1:07`, `1:02:03`. The unit is half-width in every language. */
export function duration(value: number): string {
  return value < 59.5 ? `${seconds(value)} s` : clock(value);
}

/** Elapsed time: `0:04`, `1:07`, `1:02:03`. */
export function clock(value: number): string {
  const total = Math.max(0, Math.floor(value));
  const s = String(total % 60).padStart(2, "0");
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}

/** `964`, `2.2k`, `120k`, `1.2M`. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  const [value, unit] = count < 999_950 ? [count / 1_000, "k"] : [count / 1_000_000, "M"];
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}

/** `512 B`, `14.1 kB`, `2.1 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 999_950 ? `${(count / 1_000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** `14:02` in the reader's time zone. */
export function timeOfDay(ts: number, withSeconds = false): string {
  const date = new Date(ts);
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
