import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Auth, CLOSE_CODES, Command, ControlFrame, Event, LIMITS, REJECT_CODES } from "@millrace/protocol";
import { z } from "zod";

/** The part of JSON schema that the wire's schemas become. */
interface Json {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | boolean;
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly remark: string;
}

/** One kind of frame: its `type`, what its source says of it, and its own fields. */
export interface Frame {
  readonly type: string;
  readonly remark: string;
  readonly fields: readonly Field[];
}

const SOURCE = resolve(import.meta.dirname, "../../packages/protocol/src");
const sourceOf = (name: string): string => readFileSync(resolve(SOURCE, name), "utf8");
const EVENT_SOURCES = ["run-events", "session-events", "tool-events"].map((name) => sourceOf(`events/${name}.ts`));

/** Fields that every event has, beside its own. */
const ENVELOPE: readonly string[] = ["v", "type", "session_id", "run_id", "seq", "from", "ts"];

export const events: readonly Frame[] = framesOf(Event, EVENT_SOURCES, ENVELOPE);
export const commands: readonly Frame[] = framesOf(
  { options: [...Command.options, Auth] },
  [sourceOf("commands.ts")],
  ["type"],
);
export const controls: readonly Frame[] = framesOf(ControlFrame, [sourceOf("control.ts")], ["type"]);

export const envelope: readonly Field[] = fieldsOf(jsonOf(Event.options[0]), remarksOf(sourceOf("events/envelope.ts")))
  .filter(({ name }) => ENVELOPE.includes(name))
  .map((field) => (field.name === "type" ? { ...field, type: "string" } : field));

export interface Code {
  readonly name: string;
  readonly number: string;
  readonly remark: string;
}

export const rejectCodes: readonly Code[] = codesOf(sourceOf("errors.ts"), { REJECT_CODES });
export const closeCodes: readonly Code[] = codesOf(sourceOf("errors.ts"), { CLOSE_CODES });
export const limits: readonly Code[] = codesOf(sourceOf("limits.ts"), { LIMITS });

function framesOf(
  union: { options: readonly z.ZodType[] },
  sources: readonly string[],
  hidden: readonly string[],
): Frame[] {
  return union.options.map((option) => {
    const json = jsonOf(option);
    const type = String(json.properties?.type?.const);
    const { remark, body } = declared(sources, type);
    const fields = fieldsOf(json, remarksOf(body)).filter(({ name }) => !hidden.includes(name));
    return { type, remark, fields };
  });
}

function jsonOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: "input" }) as Json;
}

function fieldsOf({ properties = {}, required = [] }: Json, remarks: ReadonlyMap<string, string>): Field[] {
  return Object.entries(properties).map(([name, json]) => ({
    name,
    type: typeOf(json),
    required: required.includes(name),
    remark: remarks.get(name) ?? "",
  }));
}

function typeOf(json: Json): string {
  const { type, enum: options, items, anyOf, additionalProperties, properties, required = [] } = json;
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (options !== undefined) return options.map((option) => `"${option}"`).join(" | ");
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" | ");
  if (items !== undefined) return items.anyOf === undefined ? `${typeOf(items)}[]` : `(${typeOf(items)})[]`;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${typeOf(field)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  if (typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0)
    return `{ [name]: ${typeOf(additionalProperties)} }`;
  return type ?? "any";
}

/** The declaration of a frame in its source: what is said of it, and its text. */
function declared(sources: readonly string[], type: string): { remark: string; body: string } {
  for (const source of sources) {
    const pattern = new RegExp(
      String.raw`(?:/\*\* ([^\n]*) \*/\n)?export const \w+ = (?:event\(|z\s*\.object\(\{\s*type: z\.literal\()"${type}"[\s\S]*?\n(?:export type|$)`,
      "u",
    );
    const [body, remark = ""] = pattern.exec(source) ?? [];
    if (body !== undefined) return { remark, body };
  }
  throw new Error(`No source declares ${type}.`);
}

/** Comments of one line before a field. */
function remarksOf(source: string): Map<string, string> {
  const found = source.matchAll(/^ +\/\*\* ([^\n]*) \*\/\n +(\w+):/gmu);
  return new Map([...found].map(([, remark = "", name = ""]) => [name, remark]));
}

/** `name: number` entries of an object, each with the comment before it. */
/** Names and remarks are the source's, the numbers the object's, which is given under its name. */
function codesOf(source: string, named: Readonly<Record<string, Readonly<Record<string, number>>>>): Code[] {
  const [[object, numbers] = ["", {}]] = Object.entries(named);
  const [, body = ""] =
    new RegExp(String.raw`export const ${object} = \{\n([\s\S]*?)\n\} as const`, "u").exec(source) ?? [];
  const found = body.matchAll(/(?: +\/\*\* ([^\n]*) \*\/\n)? +(\w+): [^,]+,/gu);
  return [...found].map(([, remark = "", name = ""]) => ({ name, number: String(numbers[name]), remark }));
}
