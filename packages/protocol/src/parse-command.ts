import type { z } from "zod";
import { Command } from "./commands.ts";
import type { RejectCode } from "./errors.ts";
import { LIMITS } from "./limits.ts";

export type ParsedCommand =
  | { kind: "command"; command: Command }
  /** A well-formed frame that is wrong: answer `reject`, keep the socket. */
  | { kind: "reject"; id: string | null; code: RejectCode; message: string }
  /** Not JSON, not an object, or without a `type`: close with 4100. */
  | { kind: "bad_frame"; message: string };

const TYPES: ReadonlySet<string> = new Set(Command.options.map((option) => option.shape.type.value));

/** Reads one text frame. Never throws, and no message repeats what the client sent. */
export function parseCommand(text: string): ParsedCommand {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { kind: "bad_frame", message: "The frame is not JSON." };
  }
  if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
    return { kind: "bad_frame", message: "The frame is not a JSON object." };
  }
  if (!("type" in frame) || typeof frame.type !== "string") {
    return { kind: "bad_frame", message: "The frame has no type." };
  }
  const id =
    "id" in frame && typeof frame.id === "string" && frame.id.length <= LIMITS.command_id_length ? frame.id : null;
  if (isDeeperThan(frame, LIMITS.json_depth)) {
    return { kind: "reject", id, code: "too_deep", message: `Nested deeper than ${LIMITS.json_depth}.` };
  }
  if (!TYPES.has(frame.type)) return { kind: "reject", id, code: "unknown_type", message: "No such command." };
  if (frame.type === "respond" && "answer" in frame && reachesForPrototype(frame.answer)) {
    return { kind: "reject", id, code: "bad_request", message: REACHES_FOR_PROTOTYPE };
  }
  const parsed = Command.safeParse(frame);
  return parsed.success ? { kind: "command", command: parsed.data } : { kind: "reject", id, ...describe(parsed.error) };
}

/** First problem of a failed parse as a reject code and a sentence that names the field, never its value. */
export function describe(error: z.ZodError): { code: RejectCode; message: string } {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const code = field === "after" ? "bad_cursor" : "bad_request";
  const problem = issue?.code === "unrecognized_keys" ? "has unknown fields" : (issue?.message ?? "is invalid");
  return { code, message: `${field || "The command"}: ${problem}`.slice(0, 200) };
}

/** Whether arrays and objects nest deeper than `limit`; `[]` is 1 deep. Iterative: a deep value must not overflow the stack. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => Object.values(item).filter(isContainer));
  }
  return false;
}

const POISON: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Says what is wrong with an answer that {@link reachesForPrototype}. */
export const REACHES_FOR_PROTOTYPE = "answer: has a field whose name is not allowed";

/**
 * Whether a value that people write freely has a key by which careless code would change a prototype. Such a key is no
 * field that a newer client may send, so it is not dropped as those are. Iterative, as {@link isDeeperThan}.
 */
export function reachesForPrototype(value: unknown): boolean {
  let level = [value].filter(isContainer);
  while (level.length > 0) {
    if (level.some((item) => Object.getOwnPropertyNames(item).some((name) => POISON.has(name)))) return true;
    level = level.flatMap((item) => Object.values(item).filter(isContainer));
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
