import type OpenAI from "openai";
import type { ModelMessage } from "../messages.ts";
import type { ModelRequest, ThinkingOption } from "../model-port.ts";

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming;

const converted = new WeakMap<ModelMessage, ChatMessage>();

/** A request in the form of the chat-completions API. */
export function chatRequest(model: string, request: ModelRequest): ChatRequest {
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
    ...(request.thinking?.enabled && { reasoning_effort: effort(request.thinking) }),
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

/** The one field for it that endpoints agree on knows three sizes. */
function effort({ budget = 8192 }: ThinkingOption): "low" | "medium" | "high" {
  if (budget <= 4096) return "low";
  return budget <= 16_384 ? "medium" : "high";
}
