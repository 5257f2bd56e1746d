/** What a viewer asks the load model for, as the JSON text of its message. */
export type Prompt =
  /** So many plain tokens as fast as they are taken. */
  | { readonly tokens: number }
  /** Stamped tokens, one each so many milliseconds, until the model is told to finish; `padding` dots before each. */
  | { readonly every_ms: number; readonly padding?: number };

export function promptText(prompt: Prompt): string {
  return JSON.stringify(prompt);
}

/** Reads the prompt of a chat-completions request: its last user message. */
export function promptOf(body: string): { prompt: Prompt; wantsUsage: boolean } {
  const request = JSON.parse(body) as {
    messages: readonly { role: string; content: string }[];
    stream_options?: { include_usage?: boolean };
  };
  const asked = request.messages.findLast((message) => message.role === "user");
  const prompt = JSON.parse(asked?.content ?? "{}") as Prompt;
  return { prompt, wantsUsage: request.stream_options?.include_usage === true };
}
