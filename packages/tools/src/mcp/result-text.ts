import { LIMITS } from "@millrace/protocol";
import { cleanLine } from "./clean-text.ts";
import { isDeeperThan } from "./json-depth.ts";

/** UTF-16 code units of a name, a type or an address in a result. */
const SHORT = 200;
const ADDRESS = 2_000;

const DEPTH = 64;

/**
 * What the model reads of a result: its texts, a word on what is no text, and the structured content where there is
 * no text. At most `LIMITS.tool_output` code units; `truncated` tells whether something was left out.
 *
 * @param result of a `tools/call`; what is not as the protocol says is named, never a reason to throw
 */
export function resultText(result: { readonly content?: unknown; readonly structuredContent?: unknown }): {
  readonly text: string;
  readonly truncated: boolean;
} {
  const blocks: readonly unknown[] = Array.isArray(result.content) ? result.content : [];
  const parts: string[] = [];
  let left: number = LIMITS.tool_output;
  let truncated = false;
  const add = (part: string): void => {
    const whole = parts.length === 0 ? part : `\n${part}`;
    const shown = whole.length <= left ? whole : whole.slice(0, left).replace(/[\ud800-\udbff]$/, "");
    truncated ||= shown.length < whole.length;
    left = shown === whole ? left - whole.length : 0;
    if (shown !== "") parts.push(shown);
  };
  for (const block of blocks) {
    if (left === 0) return { text: parts.join("").toWellFormed(), truncated: true };
    add(blockText(block));
  }
  const { structuredContent } = result;
  if (structuredContent !== undefined && !blocks.some(isText)) add(structuredText(structuredContent));
  return { text: parts.join("").toWellFormed(), truncated };
}

function blockText(block: unknown): string {
  if (typeof block !== "object" || block === null) return "[unreadable content]";
  const { type, text, data, mimeType, uri, name, resource } = block as Record<string, unknown>;
  switch (type) {
    case "text":
      return typeof text === "string" ? text : "[unreadable text]";
    case "image":
    case "audio":
      return `[${type} ${word(mimeType)}, ${size(data)}]`;
    case "resource_link":
      return `[resource ${word(name)}: ${address(uri)}]`;
    case "resource":
      return resourceText(resource);
    default:
      return `[content of the type ${word(type)}]`;
  }
}

function resourceText(resource: unknown): string {
  if (typeof resource !== "object" || resource === null) return "[unreadable resource]";
  const { uri, mimeType, text, blob } = resource as Record<string, unknown>;
  if (typeof text === "string") return `[resource ${address(uri)}]\n${text}`;
  return `[resource ${address(uri)}, ${word(mimeType)}, ${size(blob)}]`;
}

function structuredText(value: unknown): string {
  if (isDeeperThan(value, DEPTH)) return `[structured content deeper than ${DEPTH} levels]`;
  return JSON.stringify(value) ?? "";
}

function isText(block: unknown): boolean {
  return typeof block === "object" && block !== null && "type" in block && block.type === "text";
}

function word(value: unknown): string {
  return (typeof value === "string" && cleanLine(value, SHORT)) || "unknown";
}

function address(value: unknown): string {
  return (typeof value === "string" && cleanLine(value, ADDRESS)) || "without an address";
}

/** Of base64. */
function size(data: unknown): string {
  const bytes = typeof data === "string" ? Math.floor((data.length * 3) / 4) : 0;
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`;
}
