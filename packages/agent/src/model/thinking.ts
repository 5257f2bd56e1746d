import type { ThinkingOption } from "../model-port.ts";

/**
 * How an endpoint is told to think or not:
 * - `reasoning_effort`: low, medium, high by the budget; none (OpenAI, OpenRouter, Ollama, Groq, xAI)
 * - `enable_thinking`: and `thinking_budget` beside it (Qwen on DashScope, SiliconFlow)
 * - `chat_template_kwargs`: `enable_thinking` for the model's template (vLLM, SGLang)
 * - `thinking`: `{type, budget_tokens}` (Anthropic's form; GLM, DeepSeek, Doubao, Kimi)
 * - `think`: true or false (Ollama's own form)
 * - `none`: not at all
 */
export type ThinkingStyle =
  | "reasoning_effort"
  | "enable_thinking"
  | "chat_template_kwargs"
  | "thinking"
  | "think"
  | "none";

/** Fields of a request by which thinking is chosen. */
export type ThinkingFields = Readonly<Record<string, unknown>>;

/** Nothing was chosen, or the endpoint has no field for it: empty. Off is said too, since many models think unasked. */
export function thinkingFields(option: ThinkingOption | null, style: ThinkingStyle): ThinkingFields {
  if (option === null) return {};
  const { enabled, budget } = option;
  const limited = enabled && budget !== undefined;
  switch (style) {
    case "reasoning_effort":
      return { reasoning_effort: enabled ? effort(budget) : "none" };
    case "enable_thinking":
      return { enable_thinking: enabled, ...(limited && { thinking_budget: budget }) };
    case "chat_template_kwargs":
      return { chat_template_kwargs: { enable_thinking: enabled } };
    case "thinking":
      return { thinking: { type: enabled ? "enabled" : "disabled", ...(limited && { budget_tokens: budget }) } };
    case "think":
      return { think: enabled };
    case "none":
      return {};
  }
}

/** The field knows three sizes. */
function effort(budget = 8192): "low" | "medium" | "high" {
  if (budget <= 4096) return "low";
  return budget <= 16_384 ? "medium" : "high";
}

const BY_HOST: readonly (readonly [hosts: RegExp, style: ThinkingStyle])[] = [
  [/(?:^|\.)(?:aliyuncs\.com|siliconflow\.(?:cn|com)|modelscope\.cn|hunyuan\.cloud\.tencent\.com)$/, "enable_thinking"],
  [/(?:^|\.)(?:deepseek\.com|bigmodel\.cn|z\.ai|volces\.com|moonshot\.(?:cn|ai)|anthropic\.com)$/, "thinking"],
  [/(?:^|\.)integrate\.api\.nvidia\.com$/, "chat_template_kwargs"],
  [/(?:^|\.)mistral\.ai$/, "none"],
];

/** The style of the endpoint at an address, as far as its host tells; all others understand, or ignore, the first. */
export function guessThinkingStyle(base_url: string): ThinkingStyle {
  const host = URL.canParse(base_url) ? new URL(base_url).hostname : "";
  return BY_HOST.find(([hosts]) => hosts.test(host))?.[1] ?? "reasoning_effort";
}

/** Whether the endpoint at an address refuses a conversation in which what was thought before a tool call is missing. */
export function wantsReasoning(base_url: string): boolean {
  const host = URL.canParse(base_url) ? new URL(base_url).hostname : "";
  return /(?:^|\.)(?:deepseek\.com|moonshot\.(?:cn|ai)|kimi\.com)$/.test(host);
}

const CANNOT_THINK = /\b(?:thinking|reasoning)\b[^.]{0,60}\bnot\b|(?:\bnot|n't) support (?:thinking|reasoning)\b/i;

/**
 * The fields that a refusal speaks of, in the endpoint's words. Where it names none of them but says that the model
 * cannot think, all.
 */
export function refusedFields(message: string, sent: ThinkingFields): readonly string[] {
  const names = Object.keys(sent);
  const named = names.filter((name) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "i").test(message));
  // A budget means nothing without what it is the budget of, which comes first.
  const all = named.length > 0 ? named[0] === names[0] : CANNOT_THINK.test(message);
  return all ? names : named;
}

/** Which fields an endpoint does not take, apart for thinking that was switched on and off. */
export class RefusedFields {
  readonly #names = { on: new Set<string>(), off: new Set<string>() };

  add(names: readonly string[], enabled: boolean): void {
    for (const name of names) this.#names[enabled ? "on" : "off"].add(name);
  }

  /** The fields that may still be sent. */
  without(fields: ThinkingFields, enabled: boolean): ThinkingFields {
    return omit(fields, this.#names[enabled ? "on" : "off"]);
  }
}

export function omit(fields: ThinkingFields, names: Iterable<string>): ThinkingFields {
  const left = new Set(names);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !left.has(name)));
}
