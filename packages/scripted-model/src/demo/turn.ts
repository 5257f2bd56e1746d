import { type ChatMessage, type ChatRequest, imagesOf, type SentImage, textOf, toolNames } from "../chat.ts";

export type Language = "en" | "zh";

/** A tool call made since the last user message, with what came back. */
export interface Exchange {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The tool message's text, "" where there is none. */
  readonly result: string;
}

/** Everything the demo knows when it answers: only what the request holds. */
export interface Turn {
  readonly language: Language;
  /** The last user message. */
  readonly text: string;
  /** What came with it. */
  readonly images: readonly SentImage[];
  /** The user messages before it, oldest first. */
  readonly before: readonly string[];
  readonly tools: ReadonlySet<string>;
  readonly exchanges: readonly Exchange[];
  /** 1 for the first request with these messages. */
  readonly attempt: number;
}

export interface Call {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export type Answer =
  /** Reasons, says something (may be ""), then calls tools, if any. */
  | { readonly think: string; readonly say: string; readonly calls?: readonly Call[] }
  /** The same, but an error chunk comes after what was said. */
  | { readonly think: string; readonly say: string; readonly breaks: string }
  | { readonly refuse: string };

/** Answers what it is for; undefined for everything else. */
export type Topic = (turn: Turn) => Answer | undefined;

export function readTurn(request: ChatRequest, attempt: number): Turn {
  const { messages } = request;
  const texts = messages.filter(({ role }) => role === "user").map(textOf);
  const asked = messages.findLast(({ role }) => role === "user");
  const since = messages.slice(asked === undefined ? 0 : messages.lastIndexOf(asked) + 1);
  return {
    language: languageOf(texts.toReversed()),
    text: texts.at(-1) ?? "",
    images: asked === undefined ? [] : imagesOf(asked),
    before: texts.slice(0, -1),
    tools: new Set(toolNames(request)),
    exchanges: exchangesOf(since),
    attempt,
  };
}

/** File names belong to no language. */
const FILE_NAME = /\bREADME\b|[A-Za-z0-9_*-]*[./][A-Za-z0-9_./*-]+/gu;

/** The first text that has letters outside file names decides: Chinese from a fifth of Han letters on. */
function languageOf(texts: readonly string[]): Language {
  for (const text of texts.map((whole) => whole.replace(FILE_NAME, " "))) {
    const letters = text.match(/\p{L}/gu)?.length ?? 0;
    if (letters > 0) {
      const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
      return han / letters >= 0.2 ? "zh" : "en";
    }
  }
  return "en";
}

export function inLanguage(turn: Turn, words: Readonly<Record<Language, string>>): string {
  return words[turn.language];
}

/** The exchanges with one tool, oldest first. */
export function exchangesWith(turn: Turn, tool: string): readonly Exchange[] {
  return turn.exchanges.filter((exchange) => exchange.tool === tool);
}

function exchangesOf(messages: readonly ChatMessage[]): Exchange[] {
  const results = new Map(
    messages
      .filter(({ role }) => role === "tool")
      .map((message) => [message.tool_call_id ?? "", textOf(message)] as const),
  );
  return messages
    .flatMap((message) => message.tool_calls ?? [])
    .map((call) => ({
      tool: call.function?.name ?? "",
      args: parseArgs(call.function?.arguments ?? ""),
      result: results.get(call.id) ?? "",
    }));
}

function parseArgs(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
