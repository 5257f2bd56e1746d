import { createHash } from "node:crypto";
import type { Tool } from "@millrace/agent";
import { z } from "zod";

const known = new WeakMap<Tool, string>();

/**
 * SHA-256, in hex, of all that a person could know of a tool when they allowed it: name, description, schema. The
 * order of keys in the schema does not matter. Throws where the schema cannot be said in JSON schema.
 */
export function toolFingerprint(tool: Tool): string {
  const cached = known.get(tool);
  if (cached !== undefined) return cached;
  const { name, description } = tool;
  const schema = tool.input_schema ?? z.toJSONSchema(tool.parameters, { io: "input", target: "draft-7" });
  const hash = createHash("sha256")
    .update(JSON.stringify(sorted({ name, description, schema })))
    .digest("hex");
  known.set(tool, hash);
  return hash;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, sorted(item)]);
}
