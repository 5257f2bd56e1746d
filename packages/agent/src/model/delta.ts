import type { ModelChunk, ToolCallFragment } from "../model-port.ts";

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** What one `delta`, or the `message` of an answer that came whole, holds, in the order reasoning, text, calls. */
export function readDelta(delta: Fields, add: (chunk: ModelChunk) => void): void {
  const parts = partsOf(delta.content);
  const reasoning = reasoningOf(delta, parts);
  if (reasoning !== "") add({ type: "reasoning", text: reasoning });
  const text = typeof delta.content === "string" ? delta.content : parts.map(textOfPart).join("");
  if (text !== "") add({ type: "text", text });
  const refusal = string(delta.refusal) ?? parts.map((part) => string(fieldsOf(part)?.refusal) ?? "").join("");
  if (refusal !== "") add({ type: "refusal", text: refusal });
  const calls = partsOf(delta.tool_calls);
  calls.forEach((call, place) => {
    const fragment = fragmentOf(call, calls.length === 1 ? undefined : place);
    if (fragment !== null) add(fragment);
  });
  // The form before `tool_calls`: one call, without id.
  const called = fieldsOf(delta.function_call);
  if (called !== null)
    add({ type: "tool_call", index: 0, name: string(called.name), arguments: jsonText(called.arguments) });
}

const NONE: readonly unknown[] = [];

/** What should be a list of objects, and may be one of them. */
function partsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return fieldsOf(value) === null ? NONE : [value];
}

/** Endpoints put the same reasoning into several fields: the first that has any is taken. */
function reasoningOf(delta: Fields, parts: readonly unknown[]): string {
  for (const field of [delta.reasoning_content, delta.reasoning, delta.reasoning_text, delta.thinking]) {
    const text = thoughtIn(field);
    if (text !== "") return text;
  }
  const thought = parts.map((part) => (isThought(part) ? thoughtIn(part) : "")).join("");
  return thought || thoughtIn(delta.reasoning_details) || thoughtIn(delta.thinking_blocks);
}

function isThought(part: unknown): boolean {
  const fields = fieldsOf(part);
  if (fields === null) return false;
  return fields.thought === true || (typeof fields.type === "string" && /think|reason|thought/i.test(fields.type));
}

/** The readable text of reasoning in any form; what is encrypted has none. */
function thoughtIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(thoughtIn).join("");
  const fields = fieldsOf(value);
  if (fields === null) return "";
  for (const field of [fields.text, fields.summary, fields.thinking, fields.reasoning, fields.content]) {
    const text = thoughtIn(field);
    if (text !== "") return text;
  }
  return "";
}

function textOfPart(part: unknown): string {
  if (typeof part === "string") return part;
  return isThought(part) ? "" : (string(fieldsOf(part)?.text) ?? "");
}

function fragmentOf(call: unknown, position: number | undefined): ToolCallFragment | null {
  const fields = fieldsOf(call);
  if (fields === null) return null;
  const called = fieldsOf(fields.function) ?? fields;
  const extra = fieldsOf(fields.extra_content);
  return {
    type: "tool_call",
    index: indexOf(fields.index),
    position,
    id: string(fields.id),
    name: string(called.name),
    arguments: jsonText(called.arguments),
    ...(extra !== null && { provider_data: { extra_content: extra } }),
  };
}

function indexOf(value: unknown): number | undefined {
  const index = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof index === "number" && Number.isSafeInteger(index) ? index : undefined;
}

const string = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Some endpoints send the arguments as an object instead of its text, some of them an empty one as a list. */
function jsonText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length === 0) return "{}";
  return fieldsOf(value) === null ? undefined : JSON.stringify(value);
}
