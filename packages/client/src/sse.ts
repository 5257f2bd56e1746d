export type { ChunkOf, StreamChunk, UnknownChunk } from "./chunk.ts";
export { collect, type RunResult, type RunToolCall } from "./collect.ts";
export * from "./errors.ts";
export type { LiveSession } from "./live-session.ts";
export type { SessionsResource } from "./sessions.ts";
export * from "./sse/sse-client.ts";
export type { MessageOptions, StreamOptions } from "./stream-options.ts";
export type * from "./types.ts";
