import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ModelChunk } from "../model-port.ts";
import { StepWriter } from "../step-writer.ts";
import { ChatStream } from "./chat-stream.ts";
import { readUsage } from "./usage.ts";

/** Recorded streams of many providers; not part of the project. */
const FOLDER = join(import.meta.dirname, "../../../../../shared/recordings");

interface Expected {
  readonly text: { readonly sha256: string };
  readonly content: { readonly sha256: string };
  readonly reasoning: { readonly sha256: string; readonly sources?: readonly string[] };
  readonly refusal: unknown;
  readonly tool_calls: readonly { id: string | null; name: string; arguments_raw: string }[];
  readonly function_call: { name: string; arguments_raw: string } | null;
  /** Calls that the model wrote as text; `text` still has them. */
  readonly leaked_tool_calls: readonly { name: string; arguments: object }[];
  readonly finish_reason: string | null;
  readonly usage: unknown;
  readonly error: unknown;
  readonly complete: boolean;
}

const absent = !existsSync(FOLDER);
const names = absent
  ? []
  : readdirSync(FOLDER).flatMap((file) => (file.endsWith(".jsonl") ? [file.slice(0, -".jsonl".length)] : []));

const read = (file: string): string => readFileSync(join(FOLDER, file), "utf8");

/** The body as it was, or framed as usual where only its chunks were kept. */
function bodyOf(name: string): string {
  if (existsSync(join(FOLDER, `${name}.sse`))) return read(`${name}.sse`);
  const lines = read(`${name}.jsonl`).trim().split("\n");
  // The chunk's text as it was received: everything behind its key.
  const data = lines.map((line) => line.slice(line.indexOf('"chunk":') + '"chunk":'.length, line.lastIndexOf("}")));
  return [...data, "[DONE]"].map((text) => `data: ${text.trim()}\n\n`).join("");
}

function play(body: string, size: number, offered: string[] = []): { chunks: ModelChunk[]; failed: boolean } {
  const stream = new ChatStream([], offered);
  const chunks: ModelChunk[] = [];
  for (let at = 0; at < body.length; at += size) chunks.push(...stream.push(body.slice(at, at + size)));
  chunks.push(...stream.end());
  return { chunks, failed: stream.failure !== null };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const textOf = (chunks: readonly ModelChunk[], type: "text" | "reasoning" | "refusal"): string =>
  chunks.map((chunk) => (chunk.type === type ? chunk.text : "")).join("");

describe.skipIf(absent)("recordings", () => {
  it.each(names)("%s adds up to what it should, however it is cut", (name) => {
    const expected = JSON.parse(read(`${name}.expected.json`)) as Expected;
    for (const size of [Number.POSITIVE_INFINITY, 7, 1]) {
      const { chunks, failed } = play(bodyOf(name), size);
      // A recording without a finish_reason is framed with [DONE]: with its usage that is an end.
      expect(failed).toBe(expected.error !== null || !(expected.complete || expected.usage !== null));
      // Leading white space goes only where a think block stood before it, so that no text is changed.
      expect(sha256(textOf(chunks, "text").trim())).toBe(expected.text.sha256);
      if (!expected.reasoning.sources?.includes("<think>")) {
        expect(sha256(textOf(chunks, "text"))).toBe(expected.content.sha256);
      }
      expect(sha256(textOf(chunks, "reasoning"))).toBe(expected.reasoning.sha256);
      expect(textOf(chunks, "refusal") !== "").toBe(expected.refusal !== null);

      let ids = 0;
      const writer = new StepWriter(
        () => `id-${++ids}`,
        (id) => id || "none",
      );
      const events = writer.write(chunks);
      const { output, events: rest } = writer.end();
      const calls = output.calls.map(({ tool_call_id, tool_name }) => ({
        id: tool_call_id,
        name: tool_name,
        arguments_raw: [...events, ...rest]
          .map((event) =>
            event.type === "tool_call_delta" && event.tool_call_id === tool_call_id ? event.content : "",
          )
          .join(""),
      }));
      const legacy = expected.function_call === null ? [] : [{ id: "none", ...expected.function_call }];
      expect(calls).toEqual(
        [...expected.tool_calls, ...legacy].map(({ id, name: called, arguments_raw }) => ({
          id,
          name: called,
          arguments_raw,
        })),
      );
      expect(output.calls.every((call) => call.arguments.ok)).toBe(true);
      expect(output.usage).toEqual(readUsage(expected.usage));
      if (!failed && expected.finish_reason !== null && expected.refusal === null) {
        expect(output.finish_reason).toBe(expected.finish_reason);
      }
    }
  });

  it.each(names)("%s calls in its text the tools that are offered, and no others", (name) => {
    const { leaked_tool_calls } = JSON.parse(read(`${name}.expected.json`)) as Expected;
    const offered = leaked_tool_calls.map((call) => call.name);
    for (const size of [Number.POSITIVE_INFINITY, 7, 1]) {
      const calls = (tools: string[]): unknown[] =>
        play(bodyOf(name), size, tools).chunks.flatMap((chunk) =>
          chunk.type === "tool_call" && chunk.index === 1_000_000
            ? [{ name: chunk.name, arguments: JSON.parse(chunk.arguments ?? "") }]
            : [],
        );
      expect(calls(offered)).toEqual(leaked_tool_calls);
      expect(calls(["another_tool"])).toEqual([]);
      const { chunks } = play(bodyOf(name), size, offered);
      expect(textOf(chunks, "text")).not.toContain("tool_call>");
    }
  });
});

it.runIf(absent)("recordings are absent: none was replayed", () => {
  expect(names).toEqual([]);
});
