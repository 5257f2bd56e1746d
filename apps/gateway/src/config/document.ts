import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON schema that the configuration's schema becomes. */
interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | boolean;
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
  /** What code is called that JSON cannot hold. */
  readonly doc_type?: string;
}

const HEAD = `# Configuration

<!-- Made of the schema by \`npm run docs:config -w @millrace/gateway\`: change apps/gateway/src/config instead. -->

Nothing has to be configured. What is, stands in \`millrace.config.ts\` in the repository's root (\`.mts\`, \`.mjs\`, \`.js\` or
\`.json\` do as well), or in the file that \`MILLRACE_CONFIG\` names:

\`\`\`ts
import { defineConfig } from "@millrace/gateway";

export default defineConfig({
  providers: { qwen: { base_url: "https://dashscope.aliyuncs.com/compatible-mode/v1", api_key: { env: "DASHSCOPE_API_KEY" } } },
  models: [{ id: "qwen-plus", provider: "qwen", context: 131_072 }],
});
\`\`\`

The gateway reads it once, at its start; what is wrong stops it with one line that names the setting. The file is code and
runs with the gateway's rights. Whatever the environment says comes before it: \`OPENAI_BASE_URL\`, \`OPENAI_API_KEY\` and
\`MILLRACE_MODEL\` add the provider \`env\`, whose models come first; \`MILLRACE_MODEL\` alone chooses the default among the
models of the file. A key goes to its provider's address and nowhere else: not into a log, not to a browser.

Examples for Ollama, Qwen, DeepSeek, OpenAI, tools of your own, an MCP server and hooks are in [\`examples\`](../examples).
`;

/** The settings' page, in Markdown. */
export function documentConfig(): string {
  const schema = z.toJSONSchema(configSchema({}), { io: "input", unrepresentable: "any" }) as Json;
  const sections = Object.entries(schema.properties ?? {}).map(([name, json]) => section(name, json));
  return `${HEAD}\n${sections.join("\n")}`;
}

function section(name: string, json: Json): string {
  const rows = fieldsOf(name, json);
  const type = typeOf(json);
  const plain = type === "object" ? "" : `Type: ${type}.${defaultOf(json)}`;
  const table = rows.length === 0 ? "" : ["| setting | type | |", "| --- | --- | --- |", ...rows].join("\n");
  const parts = [`## \`${name}\``, json.description ?? "", plain, table].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n`;
}

/** A row for each setting below one, as deep as there are any. `alternative`: of which one is enough. */
function fieldsOf(path: string, json: Json, alternative = false): string[] {
  const { properties, required = [], additionalProperties, items, anyOf } = json;
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, field]) => {
      const needed = required.includes(name) && !alternative && field.default === undefined ? " Required." : "";
      const text = `${field.description ?? ""}${needed}${defaultOf(field)}`.trim();
      return [
        `| \`${path}.${name}\` | ${cell(typeOf(field))} | ${cell(text)} |`,
        ...fieldsOf(`${path}.${name}`, field),
      ];
    });
  }
  if (typeof additionalProperties === "object") return fieldsOf(`${path}.<name>`, additionalProperties);
  if (items !== undefined) return fieldsOf(`${path}[]`, items);
  const objects = (anyOf ?? []).filter((one) => Object.keys(one.properties ?? {}).length > 1);
  return [...new Set(objects.flatMap((one) => fieldsOf(path, one, true)))];
}

function typeOf({ type, enum: options, items, anyOf, additionalProperties, doc_type, properties }: Json): string {
  if (doc_type !== undefined) return `\`${doc_type}\``;
  if (options !== undefined) return options.map((option) => `\`"${option}"\``).join(", ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(" or ");
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (typeof additionalProperties === "object") return `${typeOf(additionalProperties)}, by name`;
  if (type === "string") return "text";
  if (type === "integer") return "whole number";
  if (type === "boolean") return "`true` or `false`";
  if (properties !== undefined && Object.keys(properties).join() === "env") return '`{ env: "NAME" }`';
  return type ?? "anything";
}

function defaultOf({ default: value }: Json): string {
  const text = JSON.stringify(value);
  return value === undefined || text === "{}" || text === "[]" ? "" : ` Default: \`${text}\`.`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
