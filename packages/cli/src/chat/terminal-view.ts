import type { StreamChunk } from "@millrace/client";
import { argsText, count, noteOf, seconds } from "./notes.ts";
import { fitting, oneLine, safeText } from "./shown-text.ts";
import type { Style } from "./style.ts";

interface RunningTool {
  readonly tool_call_id: string;
  readonly name: string;
  readonly args: string;
  /** When it was called, in milliseconds of the viewer's clock. */
  readonly since: number;
}

/** What a terminal shows of a run, as far as the next chunk depends on it. */
export interface TerminalView {
  /** What the last characters belong to, and whether they end a line. */
  readonly block: "none" | "thinking" | "text";
  readonly atLineStart: boolean;
  readonly tools: readonly RunningTool[];
  readonly step: {
    readonly step: number;
    readonly max_steps: number;
    readonly tokens: number;
    readonly limit: number;
  } | null;
  /** A question waits for a person. */
  readonly asking: boolean;
}

export const NOTHING_SHOWN: TerminalView = { block: "none", atLineStart: true, tools: [], step: null, asking: false };

/** What to print for one more chunk, and the view after it. @param now milliseconds of the viewer's clock */
export function show(
  view: TerminalView,
  chunk: StreamChunk,
  style: Style,
  now: number,
): { view: TerminalView; text: string } {
  switch (chunk.type) {
    case "thinking":
    case "text_delta":
      return showText(view, chunk.type === "thinking" ? "thinking" : "text", safeText(chunk.content), style);
    case "step": {
      const { step, max_steps, tokens, token_limit: limit } = chunk;
      return { view: { ...view, step: { step, max_steps, tokens, limit } }, text: "" };
    }
    case "tool_call": {
      const { tool_call_id, tool_name, args } = chunk;
      const tool = { tool_call_id, name: oneLine(tool_name, 60), args: argsText(args), since: now };
      const text = lineEnd(view);
      return { view: { ...view, ...ENDED, tools: [...view.tools, tool] }, text };
    }
    default:
      return showNote(view, chunk, style);
  }
}

const ENDED = { block: "none", atLineStart: true } as const;

function lineEnd(view: TerminalView): string {
  return view.atLineStart ? "" : "\n";
}

function showText(
  view: TerminalView,
  block: "thinking" | "text",
  content: string,
  style: Style,
): { view: TerminalView; text: string } {
  if (content === "") return { view, text: "" };
  const label = style.colours || block === "text" ? "" : "[thinking] ";
  const gap = view.block === block ? "" : `${lineEnd(view)}${view.block === "none" ? "" : "\n"}${label}`;
  const text = block === "thinking" ? style.grey(content) : content;
  return { view: { ...view, block, atLineStart: content.endsWith("\n") }, text: gap + text };
}

function showNote(view: TerminalView, chunk: StreamChunk, style: Style): { view: TerminalView; text: string } {
  const tool =
    chunk.type === "tool_result"
      ? view.tools.find(({ tool_call_id }) => tool_call_id === chunk.tool_call_id)
      : undefined;
  const note = noteOf(chunk, tool?.args ?? "", style);
  const ended = chunk.type === "done" || chunk.type === "cancelled" || chunk.type === "error";
  const void_ = ended || chunk.type === "retry";
  const tools = void_ ? [] : view.tools.filter((other) => other !== tool);
  const asking =
    chunk.type === "interaction_request" || (view.asking && !void_ && chunk.type !== "user_input_received");
  if (note === null) return { view: { ...view, tools, asking }, text: "" };
  const text = `${lineEnd(view)}${note === "" ? "" : `${note}\n`}`;
  return { view: { ...view, ...ENDED, tools, asking }, text };
}

const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const TURN_MS = 100;

/**
 * The line below everything while a run goes on; null while text flows, which must not be interrupted.
 * @param lost there is no connection at present
 */
export function statusLine(view: TerminalView, now: number, columns: number, lost = false): string | null {
  if (!view.atLineStart) return null;
  const { step, tools } = view;
  const spinner = SPINNER[Math.floor(now / TURN_MS) % SPINNER.length] ?? "";
  const running = tools.map(
    ({ name, args, since }) => `${name}${args === "" ? "" : ` ${args}`} ${seconds((now - since) / 1000)}`,
  );
  const waiting = view.asking ? "waiting for your answer" : running.join(", ") || "…";
  const doing = lost ? "connection lost, trying again" : waiting;
  const parts = [`${spinner} ${doing}`];
  if (step !== null)
    parts.push(`step ${step.step}/${step.max_steps}`, `${count(step.tokens)}/${count(step.limit)} tokens`);
  return fitting(parts.join(" · "), columns - 1);
}
