export { isJson } from "./state.ts";
export { type Chain, type Match, TriggerFlow } from "./trigger-flow.ts";
export * from "./types.ts";
