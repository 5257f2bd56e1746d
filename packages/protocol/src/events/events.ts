import { z } from "zod";
import type { envelope } from "./envelope.ts";
import * as run from "./run-events.ts";
import * as session from "./session-events.ts";
import * as tool from "./tool-events.ts";

/** Everything a session's log can hold. */
export const Event = z.discriminatedUnion("type", [
  session.UserMessage,
  session.MessageWithdrawn,
  session.BranchSelected,
  session.SessionUpdated,
  session.StopRequested,
  run.SessionStart,
  run.Step,
  run.Thinking,
  run.TextDelta,
  run.AgentOutput,
  run.Retry,
  run.Compact,
  run.Prune,
  run.CircuitBreaker,
  run.Data,
  run.LogFile,
  run.Done,
  run.Cancelled,
  run.RunError,
  tool.ToolCallDelta,
  tool.ToolCall,
  tool.ToolStart,
  tool.ToolOutputDelta,
  tool.ToolResult,
  tool.InteractionRequest,
  tool.UserInputReceived,
]);
export type Event = z.infer<typeof Event>;
export type EventType = Event["type"];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;

type Assigned = Exclude<keyof typeof envelope, "run_id" | "ts">;
type WithoutAssigned<E> = E extends Event ? Omit<E, Assigned> : never;

/** An event before the log gave it its place: no `v`, `session_id`, `seq` or `from` yet. */
export type NewEvent = WithoutAssigned<Event>;
export type NewEventOf<T extends EventType> = Extract<NewEvent, { type: T }>;

type WithoutEnvelope<E> = E extends Event ? Omit<E, keyof typeof envelope> : never;

/** An event as a run emits it: the session adds `run_id` and `ts`, the log the rest. */
export type EmittedEvent = WithoutEnvelope<Event>;
