import type { ChunkOf, StreamChunk } from "@millrace/client";
import { legend } from "./question.ts";
import { oneLine, plainText } from "./shown-text.ts";
import type { Style } from "./style.ts";

/** What is told about a chunk beside the answer: lines, without the last newline; null where there is nothing to tell. */
export function noteOf(chunk: StreamChunk, args: string, style: Style): string | null {
  switch (chunk.type) {
    case "tool_result":
      return toolResult(chunk, args, style);
    case "retry": {
      const { retry_attempt, retry_max_attempts, content, delay_ms } = chunk;
      const again = `retry ${retry_attempt}/${retry_max_attempts} in ${seconds(delay_ms / 1000)}`;
      return style.yellow(`↻ ${again}: ${oneLine(content, 200)} (what this step had said does not count)`);
    }
    case "compact":
      return style.grey(
        `∙ context shortened: ${chunk.original_messages} → ${chunk.compacted_messages} messages, about ${count(chunk.estimated_tokens_saved)} tokens saved`,
      );
    case "prune":
      return style.grey(`∙ ${chunk.tool_call_ids.length} old tool outputs left out of the context`);
    case "circuit_breaker":
      return style.yellow(`! ${oneLine(chunk.content, 300)} (${chunk.reason})`);
    case "interaction_request":
      return style.bold(`? ${plainText(chunk.content)}`) + legend(chunk);
    case "user_input_received":
      return style.grey(`→ ${oneLine(answerText(chunk.answer), 200)} (by ${oneLine(chunk.by, 60)})`);
    case "data":
      return style.grey(`∙ ${oneLine(chunk.name, 60)}: ${oneLine(JSON.stringify(chunk.value) ?? "", 200)}`);
    case "stop_requested":
      return style.grey("∙ stopping");
    case "done":
      return style.grey([reason(chunk), spent(chunk)].filter((part) => part !== "").join(" · "));
    case "cancelled":
      return style.yellow(["■ stopped", spent(chunk)].filter((part) => part !== "").join(" · "));
    case "error":
      return style.red(`✗ ${oneLine(chunk.message, 500)} (${oneLine(chunk.reason, 60)})`);
    case "unknown":
      return style.grey(`∙ ${oneLine(chunk.event.type, 60)}`);
    default:
      return null;
  }
}

const MARKS = { completed: "✓", failed: "✗", denied: "⊘", cancelled: "■", unknown: "?" } as const;

function toolResult(chunk: ChunkOf<"tool_result">, args: string, style: Style): string {
  const { outcome, success, tool_name, execution_time, error } = chunk;
  const mark = (success ? style.green : style.red)(MARKS[outcome] ?? "?");
  const why = success ? "" : `: ${oneLine(error ?? outcome, 200)}`;
  return `${mark} ${oneLine(tool_name, 60)} ${style.grey(`${args}${args === "" ? "" : " "}${seconds(execution_time)}`)}${why}`;
}

function reason({ reason }: ChunkOf<"done">): string {
  if (reason === "length") return "cut off at the model's length limit";
  return reason === "content_filter" ? "cut off by the provider's content filter" : "";
}

function spent({ steps, usage, ...chunk }: ChunkOf<"done" | "cancelled">): string {
  if (steps === 0) return "";
  const cost = "cost" in chunk && chunk.cost !== undefined ? ` · cost ${chunk.cost.toPrecision(3)}` : "";
  const tokens = `${count(usage.input_tokens)} tokens in, ${count(usage.output_tokens)} out`;
  return `${steps} ${steps === 1 ? "step" : "steps"} · ${tokens}${cost}`;
}

function answerText(answer: unknown): string {
  if (typeof answer === "string") return answer;
  const { answer: said, comment } = (answer ?? {}) as { answer?: unknown; comment?: unknown };
  return [said, comment].filter((part) => typeof part === "string").join(" — ");
}

/** A tool's arguments in one line. */
export function argsText(args: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(args).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return oneLine(texts.join(" "), 80);
}

export function seconds(s: number): string {
  if (s >= 60) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return `${s.toFixed(1)} s`;
}

export function count(tokens: number): string {
  return tokens < 10_000 ? String(tokens) : `${(tokens / 1000).toFixed(tokens < 100_000 ? 1 : 0)}k`;
}
