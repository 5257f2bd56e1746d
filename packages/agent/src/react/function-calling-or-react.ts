import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "../model-port.ts";
import { reactModel } from "./react-model.ts";

/**
 * - `native`: tools are offered in the endpoint's way
 * - `react`: tools are told and called in text
 * - `auto`: the first, until the endpoint says that the model has no tools; from then on the second
 */
export type ToolMode = "native" | "react" | "auto";

type Chunks = AsyncIterator<readonly ModelChunk[]>;

/** A model whose tools are offered as `mode` says. */
export function functionCallingOrReact(port: ModelPort, { mode }: { readonly mode: ToolMode }): ModelPort {
  if (mode === "native") return port;
  const react = reactModel(port);
  if (mode === "react") return react;
  let refused = false;

  /** Hands on what the model says until it turns out that another has to be asked: a layer less for each token. */
  function stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<readonly ModelChunk[]> {
    if (refused) return react.stream(request, signal);
    return {
      [Symbol.asyncIterator]: () => either(port.stream(request, signal)[Symbol.asyncIterator](), request, signal),
    };
  }

  function either(native: Chunks, request: ModelRequest, signal: AbortSignal): Chunks {
    let answer = native;
    const first = async (): Promise<IteratorResult<readonly ModelChunk[]>> => {
      try {
        return await native.next();
      } catch (error) {
        if (request.tools.length === 0 || !saysNoTools(error)) throw error;
        refused = true;
        answer = react.stream(request, signal)[Symbol.asyncIterator]();
        return answer.next();
      }
    };
    let began = false;
    return {
      next: () => {
        if (began) return answer.next();
        began = true;
        return first();
      },
      return: async () => (await answer.return?.()) ?? { done: true, value: undefined },
    };
  }

  return { id: port.id, stream };
}

const STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 422, 500, 501]);

const TOOLS = "(?:tools?|functions?|(?:tool|function)[ _-]?(?:use|calls?|calling|choice))";

/** The words of the endpoints that are known to refuse tools; other failures that name a tool are left alone. */
const NO_TOOLS: readonly RegExp[] = [
  // Ollama, DeepSeek, Bedrock
  new RegExp(`\\b(?:does|do)(?: not|n't)(?: currently)? support (?:the )?(?:use of )?[\`'"]?${TOOLS}\\b`, "i"),
  // Groq, OpenAI, Gemini, SiliconFlow
  new RegExp(
    `\\b${TOOLS}[\`'"]?(?: parameter)? (?:is|are) (?:not |un)(?:currently )?(?:supported|enabled|available|allowed)`,
    "i",
  ),
  // OpenRouter
  /\bno endpoints found that support tool use/i,
  // vLLM, llama.cpp
  /--enable-auto-tool-choice|--tool-call-parser|tools param requires --jinja/i,
  // endpoints that do not know the field
  /\b(?:unsupported|unknown|unrecognized|unexpected) (?:request )?(?:parameter|argument|field|key|keyword argument)s?(?: supplied)?:? ?[`'"]?(?:tools|tool_choice|functions)\b(?!\[|\.\w)/i,
  /"body",\s*"tools"\][^}]{0,80}(?:extra|not permitted)|\btools: extra (?:inputs|fields) (?:are )?not permitted/i,
];

function saysNoTools(error: unknown): boolean {
  if (!(error instanceof ModelError) || error.status === null || !STATUSES.has(error.status)) return false;
  if (error.code !== "bad_request" && error.code !== "unknown_model" && error.code !== "upstream_error") return false;
  return NO_TOOLS.some((words) => words.test(error.message));
}
