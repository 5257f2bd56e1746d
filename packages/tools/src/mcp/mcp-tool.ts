import type { Tool, ToolContext, ToolOutput } from "@millrace/agent";
import { z } from "zod";
import { TIMES } from "./bounds.ts";
import { cleanLine } from "./clean-text.ts";
import type { CallResult } from "./connection.ts";
import type { ForeignTool } from "./foreign-tool.ts";
import { resultText } from "./result-text.ts";

/** UTF-16 code units of a line of progress. */
const PROGRESS_LENGTH = 500;

/** Sends a call to the server. @throws as a tool does */
export type SendCall = (
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  progress: (line: string) => void,
) => Promise<CallResult>;

/**
 * A server's tool as one of ours: a person is asked before a call, and what comes back is a stranger's word. Its
 * arguments are checked by the server only, since its schema may hold any pattern.
 *
 * @param full_name the name the model calls it by; also what rules and remembered answers are about
 */
export function mcpTool(full_name: string, foreign: ForeignTool, clock: { now(): number }, send: SendCall): Tool {
  const tool: Tool<Record<string, unknown>> = {
    name: full_name,
    description:
      foreign.description === "" ? `The tool ${cleanLine(foreign.name, 100)} of an MCP server.` : foreign.description,
    parameters: z.record(z.string(), z.unknown()),
    input_schema: foreign.input_schema,
    permission: { default: "ask", subjects: () => [full_name], remembered: () => full_name },
    traits: ["untrusted", "outbound"],
    execute: async (args, context) => outputOf(await send(args, context.signal, shownProgress(context, clock))),
  };
  return tool as Tool;
}

/** Lines of progress as the call's output. Those that come too fast are left out. */
function shownProgress(context: ToolContext, clock: { now(): number }): (line: string) => void {
  let shown_at = Number.NEGATIVE_INFINITY;
  return (line) => {
    const now = clock.now();
    if (now - shown_at < TIMES.progress) return;
    shown_at = now;
    context.output(`${cleanLine(line, PROGRESS_LENGTH)}\n`);
  };
}

function outputOf(result: CallResult): ToolOutput {
  const { text, truncated } = resultText(result);
  if (result.isError === true) throw new Error(text.trim() === "" ? "The tool failed and did not say why." : text);
  return { content: text === "" ? "(The tool gave no output.)" : text, ...(truncated && { truncated }) };
}
