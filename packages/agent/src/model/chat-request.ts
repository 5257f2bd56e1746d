import type OpenAI from "openai";
import type { ModelMessage, UserModelMessage } from "../messages.ts";
import type { ModelRequest } from "../model-port.ts";
import { givenBack } from "./provider-data.ts";
import type { ThinkingFields } from "./thinking.ts";

type ChatMessage = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsStreaming;

const converted = new WeakMap<ChatDialect, WeakMap<ModelMessage, ChatMessage>>();

/** How an endpoint wants a conversation. */
export interface ChatDialect {
  /** Messages that called tools hold what was thought before, as `reasoning_content`: empty where nothing was. */
  readonly send_reasoning?: boolean | undefined;
  /** Its name: of what providers want back it gets what it gave itself. */
  readonly from?: string | undefined;
}

/** A request in the form of the chat-completions API; `thinking`: the fields by which the endpoint is told of it. */
export function chatRequest(
  model: string,
  request: ModelRequest,
  thinking: ThinkingFields = {},
  dialect: ChatDialect = {},
): ChatRequest {
  const messages = request.messages.map((message) => chatMessage(message, dialect));
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

function chatMessage(message: ModelMessage, dialect: ChatDialect): ChatMessage {
  const cache = converted.get(dialect) ?? new WeakMap<ModelMessage, ChatMessage>();
  converted.set(dialect, cache);
  const known = cache.get(message);
  if (known !== undefined) return known;
  const made = convert(message, dialect);
  cache.set(message, made);
  return made;
}

function convert(message: ModelMessage, { send_reasoning = false, from = "" }: ChatDialect): ChatMessage {
  if (message.role === "user") return userMessage(message);
  if (message.role === "tool") return { ...message };
  const { content, tool_calls, reasoning = "", provider_data } = message;
  const reasoning_details = givenBack(provider_data, from, "reasoning_details");
  const given = reasoning_details === undefined ? {} : { reasoning_details };
  if (tool_calls.length === 0) return { role: "assistant", content, ...given };
  return {
    role: "assistant",
    content: content === "" ? null : content,
    ...(send_reasoning && { reasoning_content: reasoning }),
    ...given,
    tool_calls: tool_calls.map((call) => {
      const extra_content = givenBack(call.provider_data, from, "extra_content");
      return {
        id: call.id,
        type: "function" as const,
        function: { name: call.name, arguments: call.arguments },
        ...(extra_content !== undefined && { extra_content }),
      };
    }),
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
