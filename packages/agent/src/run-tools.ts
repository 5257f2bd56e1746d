import { z } from "zod";
import { cutText } from "./cut-text.ts";
import { executeCall, type Surroundings } from "./execute-call.ts";
import type { Permission } from "./people.ts";
import { Slots } from "./slots.ts";
import type { CompleteCall } from "./step-writer.ts";
import { describeTool, type Tool } from "./tool.ts";
import { denied, failed, type ToolResult } from "./tool-result.ts";

/** Tool calls of one model call that run at a time. */
const PARALLEL_CALLS = 4;

/** What calls run in. `away` is that of the call whose sub-agent makes them. */
export interface ToolRun extends Surroundings {
  readonly tools: ReadonlyMap<string, Tool>;
}

/**
 * Runs calls, at most {@link PARALLEL_CALLS} at a time, those that wait for a person not counted, and emits each result
 * as it comes. Once stopped, no call begins and those that run get a moment to end; calls left without a result stay
 * open in the outbox. Throws only when the outbox is lost.
 *
 * @returns what the model gets to read, by `tool_call_id`
 */
export async function runTools(calls: readonly CompleteCall[], run: ToolRun): Promise<ReadonlyMap<string, string>> {
  const results = new Map<string, string>();
  const slots = new Slots(PARALLEL_CALLS);
  const work = async (call: CompleteCall): Promise<void> => {
    const result = await runCall(call, run, slots);
    if (result === null) return;
    results.set(call.tool_call_id, result.content);
    await run.outbox.put(result);
  };
  // Also where one fails, none may emit after this returned.
  const ended = await Promise.allSettled(calls.map(work));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  return results;
}

/** Null: stopped before it began. */
async function runCall(call: CompleteCall, run: ToolRun, slots: Slots): Promise<ToolResult | null> {
  if (run.signal.aborted) return null;
  const tool = run.tools.get(call.tool_name);
  if (tool === undefined) return failed(call, unknownTool(call.tool_name, run.tools));
  const checked = check(call, tool);
  if (!checked.ok) return failed(call, `${checked.problem} The tool was not run.`);
  const permission = await permissionOf(call, tool, checked, run);
  if (permission === null) return null;
  if (!permission.allowed) return denied(call, permission.reason);
  return slots.run(async (away) => {
    if (run.signal.aborted) return null;
    if (call.begun === undefined) await run.outbox.put({ type: "tool_start", tool_call_id: call.tool_call_id });
    if (run.signal.aborted) return null;
    return executeCall(call, tool, checked.args, { ...run, away: (wait) => away(() => run.away(wait)) });
  });
}

async function permissionOf(
  { tool_call_id, tool_name, begun }: CompleteCall,
  tool: Tool,
  { args, shown }: Checked,
  { people, signal, away }: ToolRun,
): Promise<Permission> {
  if (begun !== undefined) return { allowed: true };
  return people.permission({ tool_name, args: shown, request: { tool, args, tool_call_id } }, { signal, away });
}

/** `args` as the tool gets them, `shown` as they stand in the log. */
interface Checked {
  readonly args: unknown;
  readonly shown: Readonly<Record<string, unknown>>;
}

function check(call: CompleteCall, tool: Tool): ({ ok: true } & Checked) | { ok: false; problem: string } {
  const given = call.arguments;
  try {
    if (!given.ok && !(given.empty && needsNothing(tool))) return given;
    const shown = given.ok ? given.args : {};
    const parsed = tool.parameters.safeParse(shown);
    if (parsed.success) return { ok: true, args: parsed.data, shown };
    const issues = cutText(z.prettifyError(parsed.error), 2_000);
    return { ok: false, problem: `The arguments do not fit the tool's parameters:\n${issues}\n` };
  } catch {
    return { ok: false, problem: "The arguments could not be checked." };
  }
}

function needsNothing(tool: Tool): boolean {
  const { required } = describeTool(tool).parameters;
  return !Array.isArray(required) || required.length === 0;
}

function unknownTool(name: string, tools: ReadonlyMap<string, Tool>): string {
  const known = [...tools.keys()];
  const offered = known.length === 0 ? "No tools are available." : `Available tools: ${known.join(", ")}.`;
  return `There is no tool ${JSON.stringify(cutText(name, 100))}. ${offered}`;
}
