import type { Usage } from "@millrace/protocol";
import type { ModelMessage } from "./messages.ts";

const CHARACTERS_PER_TOKEN = 4;

/** Estimates how many tokens the model will read: a quarter of the characters, set right by what was last counted. */
export class ContextSize {
  #characters = 0;
  #counted = { tokens: 0, characters: 0 };

  /** `fixed`: characters that go with every request, the system prompt and the tools. */
  constructor(fixed: number) {
    this.#characters = fixed;
  }

  get tokens(): number {
    const since = this.#characters - this.#counted.characters;
    return Math.max(0, this.#counted.tokens + Math.ceil(since / CHARACTERS_PER_TOKEN));
  }

  add(message: ModelMessage): void {
    this.#characters += sizeOf(message);
  }

  /** The endpoint counted everything added so far. Reasoning is not sent again. */
  counted(usage: Usage): void {
    const tokens = usage.input_tokens + usage.output_tokens - (usage.reasoning_tokens ?? 0);
    this.#counted = { tokens: Math.max(usage.input_tokens, tokens), characters: this.#characters };
  }
}

function sizeOf(message: ModelMessage): number {
  if (message.role !== "assistant") return message.content.length;
  return message.tool_calls.reduce(
    (sum, call) => sum + call.name.length + call.arguments.length,
    message.content.length,
  );
}
