export { type ContentResponder, type ContentRule, type MessageContext, scriptByContent } from "./by-content.ts";
export {
  type ChatMessage,
  type ChatRequest,
  type ChatTool,
  type ChatToolCall,
  type ContentPart,
  lastUserText,
  stepOf,
  textOf,
} from "./chat.ts";
export { type Clock, systemClock } from "./clock.ts";
export { DEMO_MODEL, type DemoOptions, demoResponder } from "./demo/demo.ts";
export { NUMBERS_PACE_MS, numbersMessage, numbersText } from "./demo/numbers.ts";
export { secretDigest } from "./incoming.ts";
export {
  conversationResponder,
  parseRecording,
  type RecordedEvent,
  type RecordingOptions,
  type RecordingSource,
  recordingResponder,
  recordingScript,
} from "./recording.ts";
export {
  type Action,
  bytes,
  type FloodOptions,
  failure,
  floodText,
  numberedFlood,
  type PaceOptions,
  reasoning,
  reply,
  type Script,
  type ToolCallSpec,
  text,
  toolCalls,
} from "./script.ts";
export {
  type RequestRecord,
  type Responder,
  type ResponderContext,
  type ScriptedModel,
  type ScriptedModelOptions,
  startScriptedModel,
} from "./server.ts";
