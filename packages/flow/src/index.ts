export type { Chain, Match } from "./chain.ts";
export { FlowError, type FlowErrorCode } from "./errors.ts";
export type { FlowLimits, FlowOptions } from "./options.ts";
export type { AskedQuestion, FlowAnswer, FlowQuestion, Interact } from "./question.ts";
export type { FlowInterruption, FlowSnapshot, FlowSuspension } from "./snapshot.ts";
export { TriggerFlow } from "./trigger-flow.ts";
export type { FlowState, FlowTypes, Frozen, RuntimeStream, Step, StepData, StepFunction, SubFlow } from "./types.ts";
