export * from "./testing/deep-freeze.ts";
export * from "./testing/hostile-log.ts";
export * from "./testing/log-rules.ts";
export * from "./testing/regroup.ts";
export * from "./testing/session-log.ts";
export * from "./testing/view-invariants.ts";
