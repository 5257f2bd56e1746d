import { z } from "zod";
import { OFFERED } from "./bounds.ts";
import { cleanLine, cleanText } from "./clean-text.ts";
import { isDeeperThan } from "./json-depth.ts";

/** A tool as its server describes it, bounded and cleaned. */
export interface ForeignTool {
  /** As the server has it. */
  readonly name: string;
  readonly description: string;
  readonly input_schema: Readonly<Record<string, unknown>>;
}

const NAME_LENGTH = 256;

const Listed = z.object({
  name: z.string().min(1).max(NAME_LENGTH),
  description: z.string().optional().catch(undefined),
  inputSchema: z.unknown(),
});

/**
 * Reads what a server lists. `problems`: what was left out and why, in words.
 *
 * @param allow names that may be offered; all where undefined
 */
export function readTools(
  listed: readonly unknown[],
  allow: readonly string[] | undefined,
): { readonly tools: readonly ForeignTool[]; readonly problems: readonly string[] } {
  const tools = new Map<string, ForeignTool>();
  const problems: string[] = [];
  for (const each of listed) {
    const read = Listed.safeParse(each);
    if (!read.success) {
      problems.push("a tool without a usable name was left out");
      continue;
    }
    const { name, description = "", inputSchema } = read.data;
    if (allow !== undefined && !allow.includes(name)) continue;
    const problem = tools.has(name) ? "another one has its name" : schemaProblem(inputSchema);
    if (problem === null && tools.size < OFFERED.tools) {
      tools.set(name, {
        name,
        description: cleanText(description, OFFERED.description),
        input_schema: schemaOf(inputSchema),
      });
    } else {
      problems.push(
        `${JSON.stringify(cleanLine(name, 64))} was left out: ${problem ?? `it has more than ${OFFERED.tools} tools`}`,
      );
    }
  }
  for (const name of allow ?? []) if (!tools.has(name)) problems.push(`it does not offer ${JSON.stringify(name)}`);
  return { tools: [...tools.values()], problems };
}

function schemaProblem(schema: unknown): string | null {
  if (typeof schema !== "object" || schema === null || !("type" in schema) || schema.type !== "object") {
    return "its input schema is not that of an object";
  }
  if (isDeeperThan(schema, OFFERED.schema_depth))
    return `its input schema is deeper than ${OFFERED.schema_depth} levels`;
  if (Buffer.byteLength(JSON.stringify(schema)) > OFFERED.schema) {
    return `its input schema is larger than ${OFFERED.schema / 1024} KiB`;
  }
  return null;
}

/** The schema without what hides in its texts for the model. Its patterns stay text: nothing here compiles them. */
function schemaOf(schema: unknown): Readonly<Record<string, unknown>> {
  const { $schema: _, ...input_schema } = cleaned(schema) as Record<string, unknown>;
  return input_schema;
}

const TEXTS: ReadonlySet<string> = new Set(["description", "title", "$comment"]);

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, held]): [string, unknown] => [
    key,
    TEXTS.has(key) && typeof held === "string" ? cleanText(held, OFFERED.description) : cleaned(held),
  ]);
  // Unlike an assignment, this makes `__proto__` a key like any other.
  return Object.fromEntries(entries);
}
