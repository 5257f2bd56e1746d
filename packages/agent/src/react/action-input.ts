import type { ModelTool } from "../model-port.ts";
import { readLooseObject } from "./loose-object.ts";

const NOTHING = /^(?:none|null|nil|n\/a|na|no input|empty|无|無|空)?[.。]?$/i;

/**
 * The JSON text of a call's arguments, from what a model wrote as an action's input. What is nearly an object is made
 * one; a bare value is that of the only argument the tool needs. Anything else is returned as it is, so that the
 * model is told what is wrong with it.
 */
export function argumentsOf(input: string, tool: ModelTool | undefined): string {
  const text = withoutFence(input);
  if (NOTHING.test(text)) return "{}";
  const value = parse(text);
  if (isObject(value)) return text;
  const written = typeof value === "string" ? value.trim() : text;
  if (isObject(parse(written))) return written;
  const object = readLooseObject(written.slice(Math.max(0, written.indexOf("{")), written.lastIndexOf("}") + 1));
  const begins = written.startsWith("{");
  if (object !== null && (begins || fits(object, tool))) return JSON.stringify(object);
  return (begins ? null : onlyArgument(value, text, tool)) ?? text;
}

/** Whether an object that stands inside of a text looks like the arguments, and not like a part of them. */
function fits(object: Record<string, unknown>, tool: ModelTool | undefined): boolean {
  const names = Object.keys(object);
  const properties = tool?.parameters.properties;
  return names.length > 0 && isObject(properties) && names.every((name) => Object.hasOwn(properties, name));
}

function withoutFence(input: string): string {
  const text = input.trim();
  const fenced = /^(`{3,}|~{3,})[\w-]*[ \t]*\r?\n?([\s\S]*?)(?:\1\s*)?$/.exec(text)?.[2] ?? text;
  const quoted = /^`([^`]*)`$/.exec(fenced.trim())?.[1] ?? fenced;
  return quoted.trim();
}

function onlyArgument(value: unknown, text: string, tool: ModelTool | undefined): string | null {
  const { properties, required } = (tool?.parameters ?? {}) as { properties?: unknown; required?: unknown };
  if (!isObject(properties)) return null;
  const names = Object.keys(properties);
  const name = names.length === 1 ? names[0] : Array.isArray(required) && required.length === 1 ? required[0] : null;
  if (typeof name !== "string" || !Object.hasOwn(properties, name)) return null;
  const schema = properties[name];
  const type = isObject(schema) ? schema.type : undefined;
  if (type === "string") return JSON.stringify({ [name]: typeof value === "string" ? value : unquoted(text) });
  const suits = type === "integer" ? Number.isInteger(value) : typeof value === type;
  return suits ? JSON.stringify({ [name]: value }) : null;
}

const unquoted = (text: string): string => /^'([^']*)'$/.exec(text)?.[1] ?? text;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Finds where an object that is written piece by piece ends; quotes of both kinds hide what is between them. */
export class ObjectEnd {
  /** The quote of the string that the text so far ends in, "" where it ends in none. */
  quote = "";
  #depth = 0;
  #escaped = false;

  /** @returns code units of `text` up to and with the last brace, null where that is yet to come */
  push(text: string): number | null {
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charAt(at);
      if (this.quote !== "") {
        if (this.#escaped) this.#escaped = false;
        else if (unit === "\\") this.#escaped = true;
        else if (unit === this.quote) this.quote = "";
      } else if (unit === '"' || unit === "'") {
        this.quote = unit;
      } else if (unit === "{") {
        this.#depth += 1;
      } else if (unit === "}") {
        this.#depth -= 1;
        if (this.#depth <= 0) return at + 1;
      }
    }
    return null;
  }
}
