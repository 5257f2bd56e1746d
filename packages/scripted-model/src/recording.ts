import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { memberSlices } from "./json-slice.ts";
import { type Action, failure, type Script } from "./script.ts";
import type { Responder } from "./server.ts";

/** A recording's file, or its text: JSONL lines `{"t_ms": null | ms, "chunk": <json>, "event"?: name}`. */
export type RecordingSource = string | { readonly jsonl: string; readonly sse?: string | Uint8Array };

export interface RecordingOptions {
  /** `own` (the default) waits for each line's `t_ms`, a null one for nothing; `fast` never waits. */
  readonly timing?: "own" | "fast";
  /** What `t_ms` counts from: the `request` (the default), or the `first` event with a time, sent at once. */
  readonly origin?: "request" | "first";
}

export interface RecordedEvent {
  /** Milliseconds since the request; null where the recording has no times. */
  readonly t_ms: number | null;
  /** The chunk's JSON text as it was received. */
  readonly data: string;
  readonly event?: string;
}

/** Reads JSONL. Throws with the line's number where one is not a recorded chunk. */
export function parseRecording(jsonl: string): RecordedEvent[] {
  return jsonl.split("\n").flatMap((line, at) => {
    const trimmed = line.trim();
    return trimmed === "" ? [] : [parseLine(trimmed, at + 1)];
  });
}

function parseLine(line: string, number: number): RecordedEvent {
  let members: ReadonlyMap<string, string>;
  let time: unknown;
  let event: unknown;
  try {
    members = memberSlices(line);
    time = JSON.parse(members.get("t_ms") ?? "null");
    event = JSON.parse(members.get("event") ?? "null");
  } catch (cause) {
    throw new Error(`line ${number} of the recording is not a JSON object`, { cause });
  }
  const data = members.get("chunk");
  if (data === undefined) {
    throw new Error(`line ${number} of the recording has no chunk`);
  }
  if (time !== null && typeof time !== "number") {
    throw new Error(`line ${number} of the recording has a t_ms that is neither a number nor null`);
  }
  return { t_ms: time, data, ...(typeof event === "string" ? { event } : {}) };
}

/** The recording as actions: its events, `[DONE]`, and no finish or usage of ours. */
export function recordingScript(events: readonly RecordedEvent[], options: RecordingOptions = {}): Action[] {
  const timed = options.timing !== "fast";
  const origin = options.origin === "first" ? (events.find(({ t_ms }) => t_ms !== null)?.t_ms ?? 0) : 0;
  const actions = events.flatMap(({ t_ms, data, event }): Action[] => [
    ...(timed && t_ms !== null ? [{ at_ms: Math.max(0, t_ms - origin) }] : []),
    event === undefined ? { data } : { data, event },
  ]);
  return [...actions, { done: true }];
}

/**
 * Answers every request with the recording. Where `NAME.sse` lies beside `NAME.jsonl` its bytes are the body, as
 * they are and without waits, in both timings.
 */
export function recordingResponder(source: RecordingSource, options: RecordingOptions = {}): Responder {
  const script = load(source, options);
  return () => script;
}

/**
 * Answers with one recording per turn. The rule: a request with n assistant messages gets the recording number n
 * (the first is 0), so the same request sent again gets the same answer; past the last one the answer is 400.
 */
export function conversationResponder(sources: readonly RecordingSource[], options: RecordingOptions = {}): Responder {
  const scripts = sources.map((source) => load(source, options));
  return (request) => {
    const turn = request.messages.filter(({ role }) => role === "assistant").length;
    const message = `The recording has ${scripts.length} turns and this would be turn ${turn + 1}.`;
    return scripts[turn] ?? failure(400, message, { code: "recording_over" });
  };
}

function load(source: RecordingSource, options: RecordingOptions): Script {
  if (typeof source !== "string") {
    return source.sse === undefined ? recordingScript(parseRecording(source.jsonl), options) : asItIs(source.sse);
  }
  const beside = source.replace(/\.jsonl$/u, ".sse");
  if (beside.endsWith(".sse") && existsSync(beside)) {
    return asItIs(readFileSync(beside));
  }
  try {
    return recordingScript(parseRecording(readFileSync(source, "utf8")), options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${basename(source)}: ${reason}`, { cause });
  }
}

function asItIs(body: string | Uint8Array): Action[] {
  return [{ raw: body }, { cut: "end" }];
}
