import { describe, expect, it } from "vitest";
import type { ThinkingOption } from "../model-port.ts";
import {
  guessThinkingStyle,
  RefusedFields,
  refusedFields,
  type ThinkingStyle,
  thinkingFields,
  wantsReasoning,
} from "./thinking.ts";

const ON: ThinkingOption = { enabled: true };
const BUDGET: ThinkingOption = { enabled: true, budget: 2000 };
const OFF: ThinkingOption = { enabled: false, budget: 2000 };

describe("thinking is told", () => {
  it.each<[ThinkingStyle, object, object, object]>([
    ["reasoning_effort", { reasoning_effort: "medium" }, { reasoning_effort: "low" }, { reasoning_effort: "none" }],
    [
      "enable_thinking",
      { enable_thinking: true },
      { enable_thinking: true, thinking_budget: 2000 },
      { enable_thinking: false },
    ],
    [
      "chat_template_kwargs",
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { enable_thinking: false } },
    ],
    [
      "thinking",
      { thinking: { type: "enabled" } },
      { thinking: { type: "enabled", budget_tokens: 2000 } },
      { thinking: { type: "disabled" } },
    ],
    ["think", { think: true }, { think: true }, { think: false }],
    ["none", {}, {}, {}],
  ])("as %s: on, on with a budget, off; and not at all where nothing was chosen", (style, on, budget, off) => {
    expect(thinkingFields(ON, style)).toEqual(on);
    expect(thinkingFields(BUDGET, style)).toEqual(budget);
    expect(thinkingFields(OFF, style)).toEqual(off);
    expect(thinkingFields(null, style)).toEqual({});
  });

  it.each([
    [1, "low"],
    [4096, "low"],
    [4097, "medium"],
    [16_384, "medium"],
    [16_385, "high"],
  ])("a budget of %i tokens is the effort %s", (budget, reasoning_effort) => {
    expect(thinkingFields({ enabled: true, budget }, "reasoning_effort")).toEqual({ reasoning_effort });
  });
});

describe("the style is guessed", () => {
  it.each<[string, ThinkingStyle]>([
    ["https://dashscope.aliyuncs.com/compatible-mode/v1", "enable_thinking"],
    ["https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "enable_thinking"],
    ["https://api.siliconflow.cn/v1", "enable_thinking"],
    ["https://api.siliconflow.com/v1", "enable_thinking"],
    ["https://api.deepseek.com/v1", "thinking"],
    ["https://open.bigmodel.cn/api/paas/v4", "thinking"],
    ["https://api.z.ai/api/paas/v4", "thinking"],
    ["https://ark.cn-beijing.volces.com/api/v3", "thinking"],
    ["https://api.moonshot.cn/v1", "thinking"],
    ["https://api.anthropic.com/v1", "thinking"],
    ["https://integrate.api.nvidia.com/v1", "chat_template_kwargs"],
    ["https://api.mistral.ai/v1", "none"],
    ["https://openrouter.ai/api/v1", "reasoning_effort"],
    ["https://api.openai.com/v1", "reasoning_effort"],
    // Its compatible endpoint ignores `think`.
    ["http://localhost:11434/v1", "reasoning_effort"],
    ["http://127.0.0.1:8000/v1", "reasoning_effort"],
    ["https://notdeepseek.com/v1", "reasoning_effort"],
    ["https://deepseek.com.example.org/v1", "reasoning_effort"],
    ["no address", "reasoning_effort"],
  ])("%s: %s", (base_url, style) => {
    expect(guessThinkingStyle(base_url)).toBe(style);
  });
});

describe("a refusal", () => {
  const qwen = thinkingFields(BUDGET, "enable_thinking");
  it.each<[string, object, string[]]>([
    [
      "Value error, current model does not support parameter `enable_thinking`.",
      qwen,
      ["enable_thinking", "thinking_budget"],
    ],
    ["The thinking_budget parameter must be less than 1000", qwen, ["thinking_budget"]],
    ["Unrecognized request argument supplied: reasoning_effort", { reasoning_effort: "low" }, ["reasoning_effort"]],
    [
      "Unsupported value: 'reasoning_effort' does not support 'none'",
      { reasoning_effort: "none" },
      ["reasoning_effort"],
    ],
    ['"llama3" does not support thinking', { reasoning_effort: "low" }, ["reasoning_effort"]],
    ["Reasoning is not supported for this model", qwen, ["enable_thinking", "thinking_budget"]],
    ['Unknown name "thinking": Cannot find field.', { thinking: {} }, ["thinking"]],
    ["thinking.budget_tokens: Input should be greater than 1024", { thinking: {} }, ["thinking"]],
    ['[{"loc":["body","chat_template_kwargs"]}]', { chat_template_kwargs: {} }, ["chat_template_kwargs"]],
    ["messages: roles must alternate", qwen, []],
    ["enable_thinking_mode is unknown", qwen, []],
    ["does not support thinking", {}, []],
  ])("%s", (message, sent, names) => {
    expect(refusedFields(message, sent as Record<string, unknown>)).toEqual(names);
  });

  it("of thinking that was off says nothing of thinking that is on", () => {
    const refused = new RefusedFields();
    refused.add(["reasoning_effort"], false);
    expect(refused.without({ reasoning_effort: "none" }, false)).toEqual({});
    expect(refused.without({ reasoning_effort: "low" }, true)).toEqual({ reasoning_effort: "low" });
  });
});

it.each([
  ["https://api.deepseek.com/v1", true],
  ["https://api.moonshot.cn/v1", true],
  ["https://api.moonshot.ai/v1", true],
  ["https://api.kimi.com/coding/v1", true],
  ["https://api.openai.com/v1", false],
  ["https://deepseek.com.example.org/v1", false],
  ["https://notdeepseek.com/v1", false],
  ["http://127.0.0.1:11434/v1", false],
  ["?", false],
])("whether %s wants to read its model's thoughts again: %s", (base_url, wants) => {
  expect(wantsReasoning(base_url)).toBe(wants);
});
