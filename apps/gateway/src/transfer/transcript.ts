import type { Redact } from "@millrace/agent";
import {
  branchesAside,
  type InteractionItem,
  type Item,
  type Message,
  type SessionSummary,
  type ToolItem,
  type Turn,
  type View,
} from "@millrace/protocol";
import { contained, fenced, html, inline, quoted } from "./markdown.ts";

const WARNING =
  "**Tool output can hold secrets.** Keys that were recognised are replaced by `[redacted]`; others are not: read this before you pass it on.";

/** A conversation as a Markdown document, in pieces. What anybody said stays within its place. */
export function* transcript(view: View, { title }: SessionSummary, now: number, redact: Redact): Generator<string> {
  yield `# ${inline(redact(title)) || "Conversation"}\n\nExported from Millrace on ${time(now)}. ${WARNING}\n`;
  const left = branchesAside(view);
  if (left > 0) yield `\n*Left out: ${left} other ${left === 1 ? "branch" : "branches"} of this conversation.*\n`;
  for (const turn of view.turns) {
    for (const item of turn.items) {
      const piece = itemText(item, turn, redact);
      if (piece !== null) yield `\n${piece}\n`;
    }
    const end = endText(turn, redact);
    if (end !== null) yield `\n${end}\n`;
  }
  for (const message of view.queue)
    yield `\n## You · ${time(message.ts)} · not answered\n\n${quoted(redact(said(message)))}\n`;
}

/** What a person said, and the names of the files that they sent with it. */
function said({ content, attachments }: Message): string {
  const files = attachments.map(({ name, size }) => `*File: ${inline(name)}, ${size} bytes*`);
  return [content, ...files].filter((part) => part.trim() !== "").join("\n\n");
}

/** Null for what a reader does not miss. */
function itemText(item: Item, { model }: Turn, redact: Redact): string | null {
  switch (item.kind) {
    case "message":
      return `## You · ${time(item.ts)}\n\n${quoted(redact(said(item.message)))}`;
    case "text":
      return `## ${inline(model)} · ${time(item.ts)}\n\n${contained(redact(item.content))}`;
    case "thinking":
      return details("Thinking", [quoted(redact(item.content))]);
    case "tool":
      return toolText(item, redact);
    case "interaction":
      return interactionText(item, redact);
    case "retry":
      return `*Asked again: ${inline(redact(item.content))}*`;
    case "compact":
      return details("What came before was summarised for the model", [quoted(redact(item.content))]);
    case "circuit_breaker":
      return `*A limit was passed: ${inline(redact(item.content))}*`;
    case "data":
      return details(`Data <code>${html(redact(item.name))}</code>`, [json(item.value, redact)]);
    case "step":
    case "prune":
    case "log_file":
      return null;
  }
}

function toolText(
  { tool_name, args, args_text, output, phase, parent_tool_call_id }: ToolItem,
  redact: Redact,
): string {
  const how =
    phase.state === "ended" ? `${phase.outcome}, ${phase.execution_time.toFixed(1)} s` : `not ended: ${phase.state}`;
  const whose = parent_tool_call_id === null ? "Tool" : "A sub-agent's tool";
  const parts = [args === null ? fenced(redact(args_text), "text") : json(args, redact)];
  if (phase.state !== "ended") {
    if (output !== "") parts.push(fenced(redact(output), "text"));
  } else {
    if (phase.content !== "") parts.push(fenced(redact(phase.content), "text"));
    if (phase.truncated) parts.push("*The output was cut.*");
    if (phase.error !== null) parts.push(`*Error: ${inline(redact(phase.error))}*`);
  }
  return details(`${whose} <code>${html(redact(tool_name))}</code> · ${how}`, parts);
}

function interactionText({ content, options, answer }: InteractionItem, redact: Redact): string {
  const asked = `**Asked:**\n\n${quoted(redact(content))}`;
  const offered = options.length === 0 ? "" : `\n\nOptions: ${options.map((one) => inline(redact(one))).join(", ")}`;
  if (answer === null) return `${asked}${offered}\n\n*Not answered.*`;
  const { value, by } = answer;
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return `${asked}${offered}\n\n**Answered by ${inline(by)}:** ${inline(redact(said))}`;
}

function endText({ phase }: Turn, redact: Redact): string | null {
  switch (phase.state) {
    case "done":
      return phase.reason === "completed" ? null : `*The answer was cut off: ${phase.reason}.*`;
    case "cancelled":
      return "*Stopped.*";
    case "error":
      return `*Ended with an error: ${inline(redact(phase.message))}*`;
    case "running":
    case "stopping":
      return "*Not ended yet.*";
  }
}

/** @param summary HTML */
function details(summary: string, parts: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${parts.join("\n\n")}\n\n</details>`;
}

const json = (value: unknown, redact: Redact): string => fenced(redact(JSON.stringify(value, null, 2) ?? ""), "json");

const time = (ts: number): string =>
  new Date(ts)
    .toISOString()
    .replace("T", " ")
    .replace(/:\d\d\.\d+Z$/, " UTC");
