import type { Event, EventType, Usage } from "@millrace/protocol";
import { describe, expectTypeOf, it } from "vitest";
import type { ChunkOf, LiveSession, MillraceClient, RunResult, StreamChunk, StreamOptions } from "./index.ts";

type Client = InstanceType<typeof MillraceClient>;

describe("types", () => {
  it("a chunk is told apart by `type` alone, and every event of the wire has its member", () => {
    expectTypeOf<StreamChunk["type"]>().toEqualTypeOf<EventType | "unknown">();
    expectTypeOf<ChunkOf<"text_delta">["content"]>().toEqualTypeOf<string>();
    expectTypeOf<ChunkOf<"done">["usage"]>().toEqualTypeOf<Usage>();
    expectTypeOf<ChunkOf<"done">["cost"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ChunkOf<"tool_call">["args"]>().toEqualTypeOf<Record<string, unknown>>();
    expectTypeOf<ChunkOf<"interaction_request">["interaction_kind"]>().toEqualTypeOf<
      "question" | "confirm" | "feedback"
    >();
    expectTypeOf<ChunkOf<"unknown">["event"]>().toExtend<Readonly<Record<string, unknown>>>();
    expectTypeOf<Exclude<StreamChunk, { type: "unknown" }>>().toEqualTypeOf<Event>();
  });

  it("narrowing leaves no member over", () => {
    const answer = (chunk: StreamChunk): string | null => {
      if (chunk.type === "text_delta" || chunk.type === "thinking") return chunk.content;
      if (chunk.type === "retry") expectTypeOf(chunk.retry_attempt).toEqualTypeOf<number>();
      if (chunk.type === "compact") expectTypeOf(chunk.estimated_tokens_saved).toEqualTypeOf<number>();
      if (chunk.type === "unknown") expectTypeOf(chunk).not.toHaveProperty("content");
      return null;
    };
    expectTypeOf(answer).returns.toEqualTypeOf<string | null>();
  });

  it("stream, runStream and a session's stream yield the same, run and collect the same", () => {
    expectTypeOf<ReturnType<Client["stream"]>>().toEqualTypeOf<AsyncIterable<StreamChunk>>();
    expectTypeOf<Client["runStream"]>().toEqualTypeOf<Client["stream"]>();
    expectTypeOf<ReturnType<LiveSession["stream"]>>().toEqualTypeOf<ReturnType<Client["stream"]>>();
    expectTypeOf<Awaited<ReturnType<Client["run"]>>>().toEqualTypeOf<RunResult>();
    expectTypeOf<Parameters<Client["run"]>[1]>().toEqualTypeOf<StreamOptions | undefined>();
  });

  it("absent options may be undefined, wrong ones are errors", () => {
    expectTypeOf<{ sessionId: undefined; signal: undefined; includeTools: undefined }>().toExtend<StreamOptions>();
    expectTypeOf<{ sessionId: number }>().not.toExtend<StreamOptions>();
    expectTypeOf<{ mode: "later" }>().not.toExtend<StreamOptions>();
    expectTypeOf<Omit<StreamOptions, "sessionId">>().toEqualTypeOf<NonNullable<Parameters<LiveSession["stream"]>[1]>>();
  });
});
