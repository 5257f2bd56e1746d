import type OpenAI from "openai";
import type { ModelMessage } from "../messages.ts";
import type { ModelRequest } from "../model-port.ts";
import type { ThinkingFields } from "./thinking.ts";

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming;

const converted = new WeakMap<ModelMessage, ChatMessage>();

/** A request in the form of the chat-completions API; `thinking`: the fields by which the endpoint is told of it. */
export function chatRequest(model: string, request: ModelRequest, thinking: ThinkingFields = {}): ChatRequest {
  const messages = request.messages.map(chatMessage);
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

function chatMessage(message: ModelMessage): ChatMessage {
  const known = converted.get(message);
  if (known !== undefined) return known;
  const made = convert(message);
  converted.set(message, made);
  return made;
}

function convert(message: ModelMessage): ChatMessage {
  if (message.role !== "assistant") return { ...message };
  const { content, tool_calls } = message;
  if (tool_calls.length === 0) return { role: "assistant", content };
  return {
    role: "assistant",
    content: content === "" ? null : content,
    tool_calls: tool_calls.map(({ id, name, arguments: args }) => ({
      id,
      type: "function",
      function: { name, arguments: args },
    })),
  };
}
