export type { RunAgentInput } from "./input.ts";
export type { Interaction, InteractionAnswer } from "./interact.ts";
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
export type { Permit, PermitRequest } from "./permit.ts";
export { runAgent } from "./run-agent.ts";
export {
  type Delegated,
  type DelegatedTask,
  defineTool,
  type Permission,
  type Tool,
  type ToolContext,
  type ToolOutput,
  type ToolPermission,
  type ToolQuestion,
  type ToolTrait,
} from "./tool.ts";
