import { type EmittedEvent, LIMITS } from "@millrace/protocol";
import { z } from "zod";
import { cutText, endsInHalf, piecesOf } from "./cut-text.ts";
import type { Outbox } from "./outbox.ts";
import type { CompleteCall } from "./step-writer.ts";
import type { Tool, ToolOutput } from "./tool.ts";

export type ToolResult = Extract<EmittedEvent, { type: "tool_result" }>;

/** Tool calls that run at a time. */
const PARALLEL_CALLS = 4;

/** How long a stopped tool may take to end: a killed process group gets 2 seconds. Milliseconds. */
const STOP_GRACE_MS = 3_000;

export interface ToolRun {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  readonly clock: { now(): number };
}

/**
 * Runs calls, at most {@link PARALLEL_CALLS} at a time, and emits each result as it comes. Once stopped, no call
 * begins and those that run get a moment to end; calls left without a result stay open in the outbox. Throws only
 * when the outbox is lost.
 *
 * @returns what the model gets to read, by `tool_call_id`
 */
export async function runTools(calls: readonly CompleteCall[], run: ToolRun): Promise<ReadonlyMap<string, string>> {
  const results = new Map<string, string>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let call = calls[next++]; call !== undefined && !run.signal.aborted; call = calls[next++]) {
      const result = await runCall(call, run);
      if (result === null) continue;
      results.set(call.tool_call_id, result.content);
      await run.outbox.put(result);
    }
  };
  // Also where one fails, none may emit after this returned.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL_CALLS, calls.length) }, work));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  return results;
}

async function runCall(call: CompleteCall, run: ToolRun): Promise<ToolResult | null> {
  const tool = run.tools.get(call.tool_name);
  if (tool === undefined) return failed(call, unknownTool(call.tool_name, run.tools));
  if (!call.arguments.ok) return failed(call, `${call.arguments.problem} The tool was not run.`);
  const checked = check(tool, call.arguments.args);
  if (!checked.ok) return failed(call, `${checked.problem} The tool was not run.`);
  await run.outbox.put({ type: "tool_start", tool_call_id: call.tool_call_id });
  if (run.signal.aborted) return null;
  return execute(call, tool, checked.args, run);
}

function check(tool: Tool, args: unknown): { ok: true; args: unknown } | { ok: false; problem: string } {
  try {
    const parsed = tool.parameters.safeParse(args);
    if (parsed.success) return { ok: true, args: parsed.data };
    const issues = cutText(z.prettifyError(parsed.error), 2_000);
    return { ok: false, problem: `The arguments do not fit the tool's parameters:\n${issues}\n` };
  } catch {
    return { ok: false, problem: "The arguments could not be checked." };
  }
}

async function execute(call: CompleteCall, tool: Tool, args: unknown, run: ToolRun): Promise<ToolResult> {
  const { tool_call_id } = call;
  const started = run.clock.now();
  const shown = new ShownOutput(tool_call_id, run.outbox);
  const running = settle(() =>
    tool.execute(args, { tool_call_id, signal: run.signal, output: (text) => shown.write(text) }),
  );
  const ended = await Promise.race([running, afterGrace(run.signal, running)]);
  shown.end();
  const execution_time = Math.max(0, run.clock.now() - started) / 1000;
  if (ended.ok) return { ...completed(call, ended.output), execution_time };
  if (run.signal.aborted) return { ...cancelled(tool_call_id, call.tool_name), execution_time };
  return { ...failed(call, ended.problem), execution_time };
}

type Ended = { readonly ok: true; readonly output: ToolOutput } | { readonly ok: false; readonly problem: string };

async function settle(execute: () => Promise<ToolOutput>): Promise<Ended> {
  try {
    const output = await execute();
    if (typeof output?.content === "string") return { ok: true, output };
    return { ok: false, problem: "The tool gave no result." };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: message === "" ? "The tool failed." : message };
  }
}

/** Resolves some time after the signal aborted, never where the tool ended before. */
function afterGrace(signal: AbortSignal, running: Promise<Ended>): Promise<Ended> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = (): void => {
      timer = setTimeout(() => resolve({ ok: false, problem: "The tool did not stop." }), STOP_GRACE_MS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true });
    void running.finally(() => {
      signal.removeEventListener("abort", begin);
      clearTimeout(timer);
    });
  });
}

/** A tool's output while it runs: positioned, cut like a result, silent once the call has ended. */
class ShownOutput {
  readonly #tool_call_id: string;
  readonly #outbox: Outbox;
  #offset = 0;
  #held = "";
  #ended = false;

  constructor(tool_call_id: string, outbox: Outbox) {
    this.#tool_call_id = tool_call_id;
    this.#outbox = outbox;
  }

  write(text: string): void {
    if (this.#ended || text === "") return;
    const whole = cutText(this.#held + text, LIMITS.tool_output - this.#offset);
    this.#held = endsInHalf(whole) ? whole.slice(-1) : "";
    this.#put(this.#held === "" ? whole : whole.slice(0, -1));
  }

  end(): void {
    if (!this.#ended) this.#put(this.#held);
    this.#ended = true;
  }

  #put(text: string): void {
    for (const content of piecesOf(text, LIMITS.settled_text)) {
      if (this.#outbox.lost.aborted) return;
      const place = { tool_call_id: this.#tool_call_id, offset: this.#offset };
      this.#offset += content.length;
      try {
        // A tool cannot be made to wait here; that the outbox is lost shows at the next event.
        void Promise.resolve(this.#outbox.put({ type: "tool_output_delta", ...place, content })).catch(() => {});
      } catch {
        return;
      }
    }
  }
}

function completed({ tool_call_id, tool_name }: CompleteCall, output: ToolOutput): ToolResult {
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

function failed({ tool_call_id, tool_name }: CompleteCall, problem: string): ToolResult {
  const content = cutText(problem, LIMITS.tool_output);
  const outcome = { outcome: "failed", success: false, content, error: content } as const;
  return { type: "tool_result", tool_call_id, tool_name, ...outcome, execution_time: 0 };
}

/** The result of a call that a stop, or the end of its run, kept from ending by itself. */
export function cancelled(tool_call_id: string, tool_name: string): ToolResult {
  const content = "The call was cancelled before it ended.";
  const outcome = { outcome: "cancelled", success: false, content, error: content } as const;
  return { type: "tool_result", tool_call_id, tool_name, ...outcome, execution_time: 0 };
}

/** The result of a call that was running when the server died. It is never run again by itself. */
export function interrupted(tool_call_id: string, tool_name: string, execution_time: number): ToolResult {
  const content =
    "The server stopped while this tool ran, so its result is unknown: it may have done all, part or none of its work. " +
    "Verify the current state before you repeat the call.";
  const outcome = { outcome: "unknown", success: false, content, error: content } as const;
  return { type: "tool_result", tool_call_id, tool_name, ...outcome, execution_time };
}

function unknownTool(name: string, tools: ReadonlyMap<string, Tool>): string {
  const known = [...tools.keys()];
  const offered = known.length === 0 ? "No tools are available." : `Available tools: ${known.join(", ")}.`;
  return `There is no tool ${JSON.stringify(cutText(name, 100))}. ${offered}`;
}
