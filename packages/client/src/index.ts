export type { ChunkOf, StreamChunk, UnknownChunk } from "./chunk.ts";
export * from "./client.ts";
export { collect, type RunResult, type RunToolCall } from "./collect.ts";
export * from "./errors.ts";
export type { LiveSession } from "./live-session.ts";
export type { SessionsResource } from "./sessions.ts";
export type { MessageOptions, StreamOptions } from "./stream-options.ts";
export type * from "./types.ts";
