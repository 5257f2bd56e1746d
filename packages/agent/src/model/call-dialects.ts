import type { ModelTool } from "../model-port.ts";
import { fieldsOf } from "./delta.ts";

/** Tools by name; null where only the name is known. */
export type Offered = ReadonlyMap<string, ModelTool | null>;

export interface ReadCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** A form in which models write calls into their text, because nobody between them and us takes them out. */
export interface CallDialect {
  readonly open: string;
  /** Null: the calls go on to the end of the text. */
  readonly close: string | null;
  /** Every beginning of what can stand behind the opening tag; nothing that follows makes good what does not match. */
  readonly begins: RegExp;
  /** The calls between the tags; empty where it is none. */
  read(body: string, offered: Offered): readonly ReadCall[];
}

const JSON_BEGINS = /^\s*(?:$|[[{])/;
const TAG_BEGINS = /^\s*(?:$|<)/;

/** Each closing tag's first character is in it only once. */
export const CALL_DIALECTS: readonly CallDialect[] = [
  // Hermes, Qwen; with other contents GLM and Qwen's coders
  {
    open: "<tool_call>",
    close: "</tool_call>",
    begins: /^\s*(?:$|[[{]|<(?:$|f)|[\w.-]+\s*(?:$|<))/,
    read: inToolCall,
  },
  // Llama 3.1, Qwen's coders
  {
    open: "<function=",
    close: "</function>",
    begins: /^[\w.-]*(?:$|>\s*(?:$|[{<]))/,
    read: (body, offered) => functions(`<function=${body}`, offered),
  },
  // Llama
  { open: "<|python_tag|>", close: "<|eom_id|>", begins: JSON_BEGINS, read: jsonCalls },
  // Mistral
  { open: "[TOOL_CALLS]", close: null, begins: /^\s*(?:$|[[{]|[\w.-]+\s*(?:$|[[{]))/, read: mistral },
  // Kimi
  { open: "<|tool_calls_section_begin|>", close: "<|tool_calls_section_end|>", begins: TAG_BEGINS, read: kimi },
  // DeepSeek
  { open: "<｜tool▁calls▁begin｜>", close: "<｜tool▁calls▁end｜>", begins: TAG_BEGINS, read: deepseek },
  // Phi, Granite
  { open: "<|tool_call|>", close: "<|/tool_call|>", begins: JSON_BEGINS, read: jsonCalls },
  // MiniMax, Claude's older form
  { open: "<minimax:tool_call>", close: "</minimax:tool_call>", begins: TAG_BEGINS, read: invocations },
  { open: "<function_calls>", close: "</function_calls>", begins: TAG_BEGINS, read: invocations },
];

function inToolCall(body: string, offered: Offered): readonly ReadCall[] {
  if (/^\s*[[{]/.test(body)) return jsonCalls(body);
  return body.includes("<function=") ? functions(body, offered) : glm(body, offered);
}

/** One object, a list of them, or several in a row. */
function jsonCalls(body: string): readonly ReadCall[] {
  const whole = parse(body);
  const values = Array.isArray(whole) ? whole : whole === undefined ? objectsIn(body).map(parse) : [whole];
  const calls = values.map(jsonCall);
  return calls.every((call) => call !== null) ? calls : [];
}

/** The texts of objects that stand in a row, with white space, commas or semicolons between them; none otherwise. */
function objectsIn(text: string): readonly string[] {
  const objects: string[] = [];
  let [depth, begin, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (inString && unit === "\\") at += 1;
    else if (unit === '"') inString = !inString;
    else if (inString) continue;
    else if (unit === "{") depth += 1;
    else if (unit === "}") depth -= 1;
    if (inString || unit !== "}" || depth > 0) continue;
    objects.push(text.slice(begin, at + 1).replace(/^[\s;,]+/, ""));
    begin = at + 1;
  }
  return text.slice(begin).trim() === "" ? objects : [];
}

function jsonCall(value: unknown): ReadCall | null {
  const outer = fieldsOf(value);
  const fields = fieldsOf(outer?.function) ?? outer;
  if (fields === null || typeof fields.name !== "string") return null;
  const given = fields.arguments ?? fields.parameters ?? {};
  return { name: fields.name, arguments: typeof given === "string" ? given : JSON.stringify(given) };
}

/** `<function=name>{json}</function>` or `<function=name><parameter=key>value</parameter></function>`, several of them. */
function functions(body: string, offered: Offered): readonly ReadCall[] {
  return [...body.matchAll(/<function=([^>\n]+)>([\s\S]*?)(?:<\/function>|(?=<function=)|$)/g)].map(([, name, inner]) =>
    filled(name!, inner!, /<parameter=([^>\n]+)>([\s\S]*?)(?:<\/parameter>|(?=<parameter=)|$)/g, offered),
  );
}

/** `<invoke name="..."><parameter name="...">value</parameter></invoke>`, several of them. */
function invocations(body: string, offered: Offered): readonly ReadCall[] {
  return [...body.matchAll(/<invoke name="([^"]+)">([\s\S]*?)(?:<\/invoke>|$)/g)].map(([, name, inner]) =>
    filled(name!, inner!, /<parameter name="([^"]+)"[^>]*>([\s\S]*?)(?:<\/parameter>|$)/g, offered),
  );
}

/** `name<arg_key>key</arg_key><arg_value>value</arg_value>` */
function glm(body: string, offered: Offered): readonly ReadCall[] {
  const name = /^\s*([\w.-]+)\s*(?=<arg_key>)/.exec(body)?.[1];
  if (name === undefined) return [];
  return [filled(name, body, /<arg_key>([^<]*)<\/arg_key>\s*<arg_value>([\s\S]*?)(?:<\/arg_value>|$)/g, offered)];
}

function filled(name: string, body: string, pairs: RegExp, offered: Offered): ReadCall {
  const called = name.trim().replace(/^["']|["']$/g, "");
  const text = body.trim();
  if (text.startsWith("{") && fieldsOf(parse(text)) !== null) return { name: called, arguments: text };
  const entries = [...body.matchAll(pairs)].map(([, key = "", value = ""]): [string, unknown] => [
    key.trim(),
    typedValue(value.replace(/^\r?\n|\r?\n$/g, ""), typeOf(offered.get(called), key.trim())),
  ]);
  return { name: called, arguments: JSON.stringify(Object.fromEntries(entries)) };
}

function typeOf(tool: ModelTool | null | undefined, key: string): unknown {
  const property = fieldsOf(fieldsOf(tool?.parameters.properties)?.[key]);
  return property?.type;
}

/** These forms have no types of their own: the schema's decides. */
function typedValue(text: string, type: unknown): unknown {
  if (type === "string") return text;
  const value = parse(type === "boolean" ? text.trim().toLowerCase() : text);
  return value === undefined ? text : value;
}

/** A list of objects, or `name[ARGS]{json}` with an id in between, several of them. */
function mistral(body: string): readonly ReadCall[] {
  if (/^\s*[[{]/.test(body)) return jsonCalls(body);
  return body.split("[TOOL_CALLS]").map((call) => {
    const [, name = "", args = ""] = /^\s*([\w.-]+)(?:\[CALL_ID\][\w-]*)?(?:\[ARGS\])?\s*([\s\S]*)$/.exec(call) ?? [];
    return { name, arguments: args.trim() || "{}" };
  });
}

/** `functions.name:0`, then the arguments; several of them. */
function kimi(body: string): readonly ReadCall[] {
  const form =
    /<\|tool_call_begin\|>\s*(?:functions\.)?([\w.-]+?)(?::\d+)?\s*<\|tool_call_argument_begin\|>([\s\S]*?)(?:<\|tool_call_end\|>|$)/g;
  return [...body.matchAll(form)].map(([, name, args]) => ({ name: name!, arguments: args!.trim() || "{}" }));
}

/** `function<sep>name` and a block of code, or `name<sep>arguments`; several of them. */
function deepseek(body: string): readonly ReadCall[] {
  const form = /<｜tool▁call▁begin｜>([^<]*)<｜tool▁sep｜>([\s\S]*?)(?:<｜tool▁call▁end｜>|$)/g;
  return [...body.matchAll(form)].map(([, first = "", second = ""]) => {
    const fenced = /^\s*([\w.-]+)\s*```(?:json)?/.exec(second);
    if (fenced === null) return { name: first.trim(), arguments: second.trim() || "{}" };
    const args = second.slice(fenced[0].length).trim().replace(/```$/, "").trim();
    return { name: fenced[1]!, arguments: args || "{}" };
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
