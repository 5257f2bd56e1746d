import { type ChatRequest, textOf } from "./chat.ts";

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
}

const HAN = /\p{Script=Han}/gu;

/** Counts text piece by piece without keeping it: a token per Chinese character and per four other code units. */
export class TokenTally {
  #han = 0;
  #other = 0;

  add(value: string): void {
    const han = value.match(HAN)?.length ?? 0;
    this.#han += han;
    this.#other += value.length - han;
  }

  get tokens(): number {
    return this.#han + Math.ceil(this.#other / 4);
  }
}

function estimateTokens(value: string): number {
  const tally = new TokenTally();
  tally.add(value);
  return tally.tokens;
}

/** What a request weighs: its texts, calls and tool definitions, and four tokens of frame per message. */
export function promptTokens(request: ChatRequest): number {
  const messages = request.messages.reduce((sum, message) => {
    const calls = message.tool_calls ?? [];
    const callText = calls.map((call) => `${call.function?.name ?? ""}${call.function?.arguments ?? ""}`).join("");
    return sum + 4 + estimateTokens(textOf(message)) + estimateTokens(callText);
  }, 0);
  const tools = request.tools?.length ? estimateTokens(JSON.stringify(request.tools)) : 0;
  return messages + tools;
}

/** Reasoning counts as completion and is named in the details. */
export function usageOf(prompt: number, said: number, reasoned: number): Usage {
  return {
    prompt_tokens: prompt,
    completion_tokens: said + reasoned,
    total_tokens: prompt + said + reasoned,
    completion_tokens_details: { reasoning_tokens: reasoned },
  };
}
