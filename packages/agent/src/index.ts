export { argsDigest } from "./args-digest.ts";
export type { AttachmentSource } from "./attached.ts";
export { RUN_LIMITS, type RunLimits } from "./breaker-limits.ts";
export type { RunAgentInput, SubAgent } from "./input.ts";
export type { Interaction, InteractionAnswer } from "./interact.ts";
export {
  type AssistantModelMessage,
  type ModelImage,
  type ModelMessage,
  type ModelToolCall,
  type ToolModelMessage,
  toMessages,
  type UserModelMessage,
} from "./messages.ts";
export { type OpenAiModelOptions, openAiModel } from "./model/openai-model.ts";
export { guessThinkingStyle, type ThinkingStyle } from "./model/thinking.ts";
export {
  type ModelChunk,
  ModelError,
  type ModelErrorCode,
  type ModelPort,
  type ModelRequest,
  type ModelTool,
  type ProviderData,
  type ThinkingOption,
  type ToolCallFragment,
} from "./model-port.ts";
export type { Permit, PermitRequest } from "./permit.ts";
export type { Price } from "./price.ts";
export { functionCallingOrReact, type ToolMode } from "./react/function-calling-or-react.ts";
export { reactModel } from "./react/react-model.ts";
export { type Looks, type Redact, type RedactedStream, redactedStream, redactor } from "./redact.ts";
export { runAgent } from "./run-agent.ts";
export { RunBudget } from "./run-budget.ts";
export { type Spent, spentWithin } from "./spending.ts";
export type { CountTokens, LoadTokenCounter } from "./tokens.ts";
export {
  type CallPermission,
  type Delegated,
  type DelegatedTask,
  defineTool,
  type Permission,
  type Tool,
  type ToolContext,
  ToolOutcomeUnknown,
  type ToolOutput,
  type ToolPermission,
  type ToolQuestion,
  type ToolTrait,
} from "./tool.ts";
