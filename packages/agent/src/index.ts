export type { RunAgentInput } from "./input.ts";
export {
  type AssistantModelMessage,
  type ModelMessage,
  type ModelToolCall,
  type ToolModelMessage,
  toMessages,
  type UserModelMessage,
} from "./messages.ts";
export { type OpenAiModelOptions, openAiModel } from "./model/openai-model.ts";
export {
  type ModelChunk,
  ModelError,
  type ModelErrorCode,
  type ModelPort,
  type ModelRequest,
  type ModelTool,
  type ThinkingOption,
  type ToolCallFragment,
} from "./model-port.ts";
export { runAgent } from "./run-agent.ts";
export { defineTool, type Tool, type ToolContext, type ToolOutput } from "./tool.ts";
