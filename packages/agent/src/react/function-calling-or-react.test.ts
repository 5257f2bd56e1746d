import { describe, expect, it } from "vitest";
import { type ModelChunk, ModelError, type ModelErrorCode, type ModelPort, type ModelRequest } from "../model-port.ts";
import { functionCallingOrReact, type ToolMode } from "./function-calling-or-react.ts";

const REQUEST: ModelRequest = {
  system: null,
  messages: [{ role: "user", content: "hi" }],
  tools: [{ name: "now", description: "The time.", parameters: { type: "object" } }],
  thinking: null,
};

/** Answers in the form it is asked for; fails with `error` where tools are offered. */
function endpoint(
  error: ModelError | null,
  before: readonly ModelChunk[] = [],
): ModelPort & { asked: ("native" | "react")[] } {
  const asked: ("native" | "react")[] = [];
  return {
    id: "m",
    asked,
    async *stream({ tools }) {
      asked.push(tools.length > 0 ? "native" : "react");
      if (before.length > 0) yield before;
      if (tools.length > 0 && error !== null) throw error;
      yield [{ type: "text", text: tools.length > 0 ? "native" : "Thought: hm\nAction: now" }];
      yield [{ type: "finish", reason: "stop" }];
    },
  };
}

const refusal = (message: string, status: number | null = 400, code: ModelErrorCode = "bad_request"): ModelError =>
  new ModelError(code, message, { retryable: false, status });

async function ask(port: ModelPort, request: ModelRequest = REQUEST): Promise<string[]> {
  const types: string[] = [];
  for await (const read of port.stream(request, new AbortController().signal))
    types.push(...read.map(({ type }) => type));
  return types;
}

const REACT = ["reasoning", "tool_call", "finish"];

describe("auto", () => {
  it.each<[string, ModelError]>([
    ["Ollama", refusal("registry.ollama.ai/library/gemma3:4b does not support tools")],
    ["vLLM", refusal('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')],
    [
      "OpenRouter",
      refusal("No endpoints found that support tool use. To learn more, see the documentation.", 404, "unknown_model"),
    ],
    ["llama.cpp", refusal("tools param requires --jinja flag", 500, "upstream_error")],
    ["OpenAI", refusal("Unsupported parameter: 'tools' is not supported with this model.")],
    ["Groq", refusal("`tool calling` is not supported with this model")],
    ["DeepSeek", refusal("deepseek-reasoner does not support Function Calling")],
    ["Bedrock", refusal("This model doesn't support tool use in streaming mode.")],
    ["SiliconFlow", refusal("Function call is not supported for this model.")],
    ["Gemini", refusal("Function calling is not enabled for models/gemma-3-27b-it")],
    ["an endpoint without the field", refusal("Unrecognized request argument supplied: tools")],
    [
      "FastAPI",
      refusal('[{"type":"extra_forbidden","loc":["body","tools"],"msg":"Extra inputs are not permitted"}]', 422),
    ],
    ["tool_choice", refusal("tool_choice is not supported")],
  ])("asks again in text at once where %s says that there are no tools, and remembers it", async (_, error) => {
    const inner = endpoint(error);
    const port = functionCallingOrReact(inner, { mode: "auto" });
    expect(await ask(port)).toEqual(REACT);
    expect(await ask(port)).toEqual(REACT);
    expect(inner.asked).toEqual(["native", "react", "react"]);
  });

  it.each<[string, ModelError]>([
    ["a schema that is wrong", refusal("Invalid schema for function 'now': In context=(), 'oneOf' is not permitted.")],
    ["a call that was answered badly", refusal("tool_call_id is not found")],
    ["a field of a tool", refusal("Unknown parameter: 'tools[0].function.strict'.")],
    ["another field", refusal("'temperature' is not supported with this model")],
    ["a key that may not", refusal("This key does not support tools", 403, "forbidden")],
    ["a server that is busy", refusal("tools are not available", 503, "upstream_error")],
    ["a failure without a status", refusal("does not support tools", null, "upstream_error")],
    ["a context that is too long", refusal("does not support tools with so many tokens", 400, "context_length")],
  ])("leaves %s a failure", async (_, error) => {
    const inner = endpoint(error);
    const port = functionCallingOrReact(inner, { mode: "auto" });
    await expect(ask(port)).rejects.toBe(error);
    await expect(ask(port)).rejects.toBe(error);
    expect(inner.asked).toEqual(["native", "native"]);
  });

  it("is native as long as nothing is refused", async () => {
    const inner = endpoint(null);
    const port = functionCallingOrReact(inner, { mode: "auto" });
    expect(await ask(port)).toEqual(["text", "finish"]);
    expect(inner.asked).toEqual(["native"]);
  });

  it("does not ask again when something of the answer was shown", async () => {
    const error = refusal("m does not support tools");
    const inner = endpoint(error, [{ type: "text", text: "a" }]);
    await expect(ask(functionCallingOrReact(inner, { mode: "auto" }))).rejects.toBe(error);
  });
});

describe("a mode that was chosen", () => {
  it.each<[ToolMode, string]>([
    ["native", "native"],
    ["react", "react"],
  ])("%s is kept", async (mode, asked) => {
    const inner = endpoint(null);
    await ask(functionCallingOrReact(inner, { mode }));
    expect(inner.asked).toEqual([asked]);
  });
});
