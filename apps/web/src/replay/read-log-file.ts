import { Event, fromOf, isDeeperThan, isDelta, LIMITS } from "@millrace/protocol";
import type { ReplaySource } from "./replay-log.ts";

/** Bounds of a file: what no gateway writes is not shown either. Sizes are bytes, lengths UTF-16 code units. */
export const FILE_BYTES = 64 * 1024 * 1024;
const LINE_LENGTH = 4 * 1024 * 1024;
const EVENTS = 100_000;
const DEPTH = 256;
const DELTA_LENGTH = 32 * 1024;
const TEXT_LENGTH = 2 * LIMITS.tool_output;

/** Why a file is not shown. `line` counts from 1. `field`: by its names in the protocol. */
export type FileProblem =
  | { readonly why: "too_large" | "empty" }
  | { readonly why: "not_utf8" | "not_json" | "too_long" | "too_many" | "too_deep" | "other_session"; line: number }
  | { readonly why: "not_event"; readonly line: number }
  | { readonly why: "field_missing" | "field_wrong"; readonly line: number; readonly field: string }
  | { readonly why: "out_of_order"; readonly line: number; readonly expected: number }
  | { readonly why: "cut_off"; readonly line: number; readonly head: number };

export class FileError extends Error {
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super(problem.why);
    this.problem = problem;
  }
}

/** The part of a File that is read. */
export interface LogFile {
  readonly size: number;
  stream(): ReadableStream<Uint8Array>;
}

/**
 * Reads an exported session, or bare events, one to a line. Everything is checked by the protocol's schemas before
 * anything is shown; events of a type that is not known here stay, as they do on the wire.
 * `pause` resolves after the page had a turn. Throws a FileError.
 */
export async function readLogFile(file: LogFile, pause: () => Promise<void>): Promise<ReplaySource> {
  if (file.size > FILE_BYTES) throw new FileError({ why: "too_large" });
  const log = new LogLines();
  const reader = file.stream().getReader();
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    size += value?.length ?? 0;
    if (size > FILE_BYTES) throw new FileError({ why: "too_large" });
    const text = decoded(utf8, value, log.next);
    held += text;
    if (done || text.includes("\n")) {
      const lines = held.split("\n");
      held = done ? "" : lines.pop()!;
      for (const line of lines) log.push(line);
    }
    if (held.length > LINE_LENGTH) throw new FileError({ why: "too_long", line: log.next });
    if (done) return log.end();
    await pause();
  }
}

function decoded(utf8: TextDecoder, bytes: Uint8Array | undefined, line: number): string {
  try {
    return bytes === undefined ? utf8.decode() : utf8.decode(bytes, { stream: true });
  } catch {
    throw new FileError({ why: "not_utf8", line });
  }
}

class LogLines {
  /** Number of the line that comes next. */
  next = 1;
  #title: string | null = null;
  #head: number | null = null;
  readonly #events: Event[] = [];

  push(text: string): void {
    const line = this.next;
    this.next += 1;
    if (text.length > LINE_LENGTH) throw new FileError({ why: "too_long", line });
    if (text.trim() === "") return;
    const value = parsed(text, line);
    const header = this.#events.length === 0 && this.#head === null ? headerOf(value) : null;
    if (header === null) return this.#add(eventOf(value, line), line);
    this.#title = header.title;
    this.#head = header.head;
  }

  end(): ReplaySource {
    const last = this.#events.at(-1);
    const line = this.next - 1;
    if (this.#head !== null && this.#head > (last?.seq ?? 0))
      throw new FileError({ why: "cut_off", line, head: this.#head });
    if (last === undefined) throw new FileError({ why: "empty" });
    return { events: this.#events, title: this.#title };
  }

  #add(event: Event, line: number): void {
    const last = this.#events.at(-1);
    if (last !== undefined) {
      const expected = last.seq + 1;
      if (event.session_id !== last.session_id) throw new FileError({ why: "other_session", line });
      if (fromOf(event) !== expected) throw new FileError({ why: "out_of_order", line, expected });
    }
    if (this.#events.push(event) > EVENTS) throw new FileError({ why: "too_many", line });
  }
}

function parsed(text: string, line: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FileError({ why: "not_json", line });
  }
  if (isDeeperThan(value, DEPTH)) throw new FileError({ why: "too_deep", line });
  return value;
}

/** The first line of an export; null where it is none. */
function headerOf(value: unknown): { title: string; head: number } | null {
  if (typeof value !== "object" || value === null || !("millrace_export" in value)) return null;
  const { title, head } = value as { title?: unknown; head?: unknown };
  return {
    title: typeof title === "string" ? title.slice(0, 200) : "",
    head: Number.isSafeInteger(head) ? (head as number) : 0,
  };
}

/** What a value holds at the end of a path; undefined where it ends before that. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((held, key) => (held as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

const KNOWN: ReadonlySet<string> = new Set(Event.options.flatMap(({ shape }) => [...shape.type.values]));
const Envelope = Event.options[0].pick({ v: true, session_id: true, run_id: true, seq: true, from: true, ts: true });

function eventOf(value: unknown, line: number): Event {
  const { type } = (value ?? {}) as { type?: unknown };
  const known = typeof type !== "string" || KNOWN.has(type);
  const result = (known ? Event : Envelope).safeParse(value);
  if (!result.success) {
    const path = result.error.issues[0]?.path ?? [];
    if (path.length === 0) throw new FileError({ why: "not_event", line });
    const field = path.map(String).join(".").slice(0, 80);
    throw new FileError({ why: valueAt(value, path) === undefined ? "field_missing" : "field_wrong", line, field });
  }
  const event = known ? (result.data as Event) : ({ ...result.data, type } as Event);
  if (event.seq < fromOf(event)) throw new FileError({ why: "out_of_order", line, expected: fromOf(event) });
  if ("content" in event) {
    const longest = isDelta(event) ? DELTA_LENGTH : TEXT_LENGTH;
    if (event.content.length > longest) throw new FileError({ why: "too_long", line });
  }
  return event;
}
