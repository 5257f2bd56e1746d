import { LIMITS } from "@millrace/protocol";

/** A call's arguments, or what is wrong with them in words for the model. `empty`: there was not even `{}`. */
export type ToolArguments =
  | { readonly ok: true; readonly args: Record<string, unknown> }
  | { readonly ok: false; readonly problem: string; readonly empty: boolean };

/** Reads the text of a call's arguments. Anything but one JSON object of modest depth is a problem, never a guess. */
export function parseArguments(text: string): ToolArguments {
  const wrong = (problem: string): ToolArguments => ({ ok: false, problem, empty: text === "" });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("The arguments are not valid JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return wrong("The arguments are not a JSON object.");
  }
  if (isDeeperThan(value, LIMITS.json_depth)) {
    return wrong(`The arguments are nested deeper than ${LIMITS.json_depth} levels.`);
  }
  return { ok: true, args: value as Record<string, unknown> };
}

function isDeeperThan(value: object, limit: number): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((held) => Object.values(held).filter((child) => typeof child === "object" && child !== null));
  }
  return false;
}
