import { type EmittedEvent, LIMITS } from "@millrace/protocol";
import { cutText } from "./cut-text.ts";
import type { ToolOutput } from "./tool.ts";

export type ToolResult = Extract<EmittedEvent, { type: "tool_result" }>;

interface Named {
  readonly tool_call_id: string;
  readonly tool_name: string;
}

export function completed({ tool_call_id, tool_name }: Named, output: ToolOutput): ToolResult {
  const content = cutText(output.content, LIMITS.tool_output);
  const truncated = output.truncated === true || content.length < output.content.length;
  return {
    type: "tool_result",
    tool_call_id,
    tool_name,
    outcome: "completed",
    success: true,
    content,
    error: null,
    execution_time: 0,
    ...(truncated && { truncated }),
  };
}

export function failed(call: Named, problem: string): ToolResult {
  return unsuccessful(call, "failed", problem);
}

/** The result of a call that may have done its work, or not. */
export function unknown(call: Named, problem: string): ToolResult {
  return unsuccessful(call, "unknown", problem);
}

/** The result of a call that a rule or a person refuses. */
export function denied(call: Named, reason: string): ToolResult {
  return unsuccessful(call, "denied", reason);
}

/** The result of a call that a stop, or the end of its run, kept from ending by itself. */
export function cancelled(call: Named): ToolResult {
  return unsuccessful(call, "cancelled", "The call was cancelled before it ended.");
}

/** The result of a call that was running when the server died. It is never run again by itself. Seconds. */
export function interrupted(call: Named, execution_time: number): ToolResult {
  const content =
    "The server stopped while this tool ran, so its result is unknown: it may have done all, part or none of its work. " +
    "Verify the current state before you repeat the call.";
  return { ...unknown(call, content), execution_time };
}

function unsuccessful(
  { tool_call_id, tool_name }: Named,
  outcome: Exclude<ToolResult["outcome"], "completed">,
  problem: string,
): ToolResult {
  const content = cutText(problem, LIMITS.tool_output);
  return {
    type: "tool_result",
    tool_call_id,
    tool_name,
    outcome,
    success: false,
    content,
    error: content,
    execution_time: 0,
  };
}
