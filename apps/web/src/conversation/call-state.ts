import type { ToolItem } from "@millrace/protocol";

export type CallState =
  | "preparing"
  | "called"
  | "running"
  | "completed"
  | "failed"
  | "denied"
  | "cancelled"
  | "unknown";

export function callState({ phase }: ToolItem): CallState {
  return phase.state === "ended" ? phase.outcome : phase.state;
}

/** Seconds a call has run or ran; null where it never began. `now`: the log's time in milliseconds. */
export function callSeconds({ phase }: ToolItem, now: number): number | null {
  if (phase.state === "running") return Math.max(0, (now - phase.started_at) / 1_000);
  if (phase.state === "ended") return phase.started_at === null ? null : phase.execution_time;
  return null;
}

/** Names of arguments that say in one line what a call is about, best first. */
const TELLING = ["command", "path", "file_path", "url", "pattern", "query", "question", "task"];

/** One line about a call: its most telling argument, else its arguments as compact JSON. */
export function summary(call: ToolItem): string {
  if (call.args === null) return oneLine(call.args_text);
  for (const name of TELLING) {
    const value = Object.hasOwn(call.args, name) ? call.args[name] : undefined;
    if (typeof value === "string" && value !== "") return oneLine(value);
  }
  return Object.keys(call.args).length === 0 ? "" : oneLine(JSON.stringify(call.args));
}

/** `server__tool` and `mcp__server__tool` name an MCP server; other names have no server. */
export function nameParts(tool_name: string): { server: string | null; tool: string } {
  const match = /^(?:mcp__)?([\w-]+?)__(.+)$/.exec(tool_name);
  return match === null ? { server: null, tool: tool_name } : { server: match[1]!, tool: match[2]! };
}

/** What a call gave back or has printed so far. */
export function outputOf({ phase, output }: ToolItem): string {
  if (phase.state !== "ended") return output;
  return phase.content !== "" ? phase.content : output;
}

/** The exit code that a command ended with, as its output's last lines say; null where they say none. */
export function exitCode({ tool_name, phase }: ToolItem): number | null {
  if (phase.state !== "ended" || !/(^|_)(bash|shell)$/.test(tool_name)) return null;
  const code = /(?:^|\n)\[exit code (\d+)[^\]]*\](?:\n\[[^\n]*\])*$/.exec(phase.content.slice(-2_000))?.[1];
  return code === undefined ? null : Number(code);
}

export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

const LINE = 300;
const oneLine = (text: string): string => text.slice(0, LINE).replace(/\s+/g, " ").trim();
