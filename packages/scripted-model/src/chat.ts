/** The part of a chat-completions request this server looks at; every other field is kept as it came. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly tools?: readonly ChatTool[] | null;
  readonly [field: string]: unknown;
}

export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null;
  readonly tool_calls?: readonly ChatToolCall[] | null;
  readonly tool_call_id?: string;
  readonly [field: string]: unknown;
}

export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

export interface ChatToolCall {
  readonly id: string;
  readonly type?: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatTool {
  readonly type: string;
  readonly function?: { readonly name: string; readonly [field: string]: unknown };
}

/** A message's text; the text parts of an array are joined, other parts (images, files) are left out. */
export function textOf(message: ChatMessage): string {
  const { content } = message;
  if (typeof content === "string") {
    return content;
  }
  if (!Array.isArray(content)) {
    return "";
  }
  return (content as readonly unknown[])
    .map((part) => (typeof part === "object" && part !== null && "text" in part ? part.text : ""))
    .filter((text) => typeof text === "string")
    .join("");
}

/** An image that came with a message, as its data URL says. */
export interface SentImage {
  readonly media_type: string;
  /** Bytes; null: only an address came. */
  readonly size: number | null;
}

/** The `image_url` parts of a message. */
export function imagesOf({ content }: ChatMessage): readonly SentImage[] {
  if (!Array.isArray(content)) {
    return [];
  }
  return (content as readonly unknown[]).flatMap((part) => {
    const { type, image_url } = (part ?? {}) as { type?: unknown; image_url?: { url?: unknown } | null };
    return type === "image_url" && typeof image_url?.url === "string" ? [imageOf(image_url.url)] : [];
  });
}

function imageOf(url: string): SentImage {
  const [, media_type = "image", data] = /^data:([\w/+.-]*);base64,([A-Za-z0-9+/]*=*)$/.exec(url) ?? [];
  const size = data === undefined ? null : Math.floor((data.replace(/=+$/, "").length * 3) / 4);
  return { media_type, size };
}

/** The text of the last user message, "" when there is none. */
export function lastUserText(request: ChatRequest): string {
  const message = request.messages.findLast(({ role }) => role === "user");
  return message === undefined ? "" : textOf(message);
}

/** 1 for the first model call after the last user message, 2 after one assistant message, and so on. */
export function stepOf(request: ChatRequest): number {
  const lastUser = request.messages.findLastIndex(({ role }) => role === "user");
  return 1 + request.messages.slice(lastUser + 1).filter(({ role }) => role === "assistant").length;
}

/** The names of the functions the request offers. */
export function toolNames(request: ChatRequest): readonly string[] {
  return (request.tools ?? []).flatMap((tool) => (tool?.function?.name === undefined ? [] : [tool.function.name]));
}
