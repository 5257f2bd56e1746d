/** A size as people say it: "812 B", "1.4 KB", "3 MB". Units are the same in every language here. */
export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  const [value, unit] = size < 999_500 ? [size / 1_000, "KB"] : [size / 1_000_000, "MB"];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}
