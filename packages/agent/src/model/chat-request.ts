import type OpenAI from "openai";
import type { ModelMessage, UserModelMessage } from "../messages.ts";
import type { ModelRequest } from "../model-port.ts";
import type { ThinkingFields } from "./thinking.ts";

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming;

const converted = {
  plain: new WeakMap<ModelMessage, ChatMessage>(),
  reasoning: new WeakMap<ModelMessage, ChatMessage>(),
};

/** How an endpoint wants a conversation. */
export interface ChatDialect {
  /** Messages that called tools hold what was thought before, as `reasoning_content`: empty where nothing was. */
  readonly send_reasoning?: boolean | undefined;
}

/** A request in the form of the chat-completions API; `thinking`: the fields by which the endpoint is told of it. */
export function chatRequest(
  model: string,
  request: ModelRequest,
  thinking: ThinkingFields = {},
  { send_reasoning = false }: ChatDialect = {},
): ChatRequest {
  const messages = request.messages.map((message) => chatMessage(message, send_reasoning));
  if (request.system !== null && request.system !== "") messages.unshift({ role: "system", content: request.system });
  return {
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, parameters }) => ({
        type: "function" as const,
        function: { name, description, parameters },
      })),
    }),
    ...thinking,
  };
}

function chatMessage(message: ModelMessage, send_reasoning: boolean): ChatMessage {
  const cache = send_reasoning ? converted.reasoning : converted.plain;
  const known = cache.get(message);
  if (known !== undefined) return known;
  const made = convert(message, send_reasoning);
  cache.set(message, made);
  return made;
}

function convert(message: ModelMessage, send_reasoning: boolean): ChatMessage {
  if (message.role === "user") return userMessage(message);
  if (message.role === "tool") return { ...message };
  const { content, tool_calls, reasoning = "" } = message;
  if (tool_calls.length === 0) return { role: "assistant", content };
  return {
    role: "assistant",
    content: content === "" ? null : content,
    ...(send_reasoning && { reasoning_content: reasoning }),
    tool_calls: tool_calls.map(({ id, name, arguments: args }) => ({
      id,
      type: "function",
      function: { name, arguments: args },
    })),
  };
}

function userMessage({ content, images = [] }: UserModelMessage): ChatMessage {
  if (images.length === 0) return { role: "user", content };
  const text = content.trim() === "" ? [] : [{ type: "text" as const, text: content }];
  return {
    role: "user",
    content: [...text, ...images.map(({ url }) => ({ type: "image_url" as const, image_url: { url } }))],
  };
}
