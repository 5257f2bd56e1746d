import type { ModelChunk, ToolCallFragment } from "../model-port.ts";

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** What one `delta`, or the `message` of an answer that came whole, holds, in the order reasoning, text, calls. */
export function readDelta(delta: Fields, add: (chunk: ModelChunk) => void): void {
  const parts = Array.isArray(delta.content) ? delta.content : null;
  const reasoning = reasoningOf(delta, parts);
  if (reasoning !== "") add({ type: "reasoning", text: reasoning });
  const text = parts === null ? delta.content : parts.map(textOfPart).join("");
  if (typeof text === "string" && text !== "") add({ type: "text", text });
  if (typeof delta.refusal === "string" && delta.refusal !== "") add({ type: "refusal", text: delta.refusal });
  if (Array.isArray(delta.tool_calls)) {
    const alone = delta.tool_calls.length === 1;
    delta.tool_calls.forEach((call, place) => {
      const fragment = fragmentOf(call, alone ? undefined : place);
      if (fragment !== null) add(fragment);
    });
  }
  // The form before `tool_calls`: one call, without id.
  const called = fieldsOf(delta.function_call);
  if (called !== null)
    add({ type: "tool_call", index: 0, name: string(called.name), arguments: jsonText(called.arguments) });
}

/** Endpoints put the same reasoning into several fields: the first that has any is taken. */
function reasoningOf(delta: Fields, parts: readonly unknown[] | null): string {
  if (typeof delta.reasoning_content === "string" && delta.reasoning_content !== "") return delta.reasoning_content;
  if (typeof delta.reasoning === "string" && delta.reasoning !== "") return delta.reasoning;
  const thought = (parts ?? []).map((part) => textOfList(fieldsOf(part)?.thinking)).join("");
  return thought !== "" ? thought : textOfList(delta.reasoning_details);
}

function textOfList(list: unknown): string {
  if (!Array.isArray(list)) return "";
  return list
    .map((part) => {
      const fields = fieldsOf(part);
      return string(fields?.text) ?? string(fields?.summary) ?? "";
    })
    .join("");
}

function textOfPart(part: unknown): string {
  if (typeof part === "string") return part;
  return string(fieldsOf(part)?.text) ?? "";
}

function fragmentOf(call: unknown, position: number | undefined): ToolCallFragment | null {
  const fields = fieldsOf(call);
  if (fields === null) return null;
  const called = fieldsOf(fields.function);
  const index = typeof fields.index === "number" && Number.isSafeInteger(fields.index) ? fields.index : undefined;
  return {
    type: "tool_call",
    index,
    position,
    id: string(fields.id),
    name: string(called?.name),
    arguments: jsonText(called?.arguments),
  };
}

const string = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Some endpoints send the arguments as an object instead of its text. */
function jsonText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return fieldsOf(value) === null ? undefined : JSON.stringify(value);
}
