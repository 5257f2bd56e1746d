import { createHash } from "node:crypto";

/**
 * Names a call by what it would do: SHA-256, in hex, of the JSON text of `{tool_name, args}` without white space, the
 * keys of every object sorted by their UTF-16 code units. An answer that names another digest is for other arguments.
 */
export function argsDigest(tool_name: string, args: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(canonical({ tool_name, args })).digest("hex");
}

/** Built as text: an object rebuilt with sorted keys would lose a key named `__proto__`. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(",")}}`;
}
