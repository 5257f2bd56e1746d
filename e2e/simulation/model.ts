import { type ModelChunk, ModelError, type ModelPort, type ModelRequest } from "@millrace/agent";
import type { ModelLedger } from "../kit/oracle.ts";
import { scriptOf, tagIn } from "./script.ts";
import type { After } from "./time.ts";

/** Where and how the model talks. */
export interface Speaking {
  readonly after: After;
  readonly random: () => number;
  readonly now: () => number;
  readonly ledger: ModelLedger;
  /** Of the process that asks. */
  readonly life: number;
  /** How often an attempt breaks off. */
  readonly failing: number;
  /** Milliseconds between two chunks. */
  readonly pace: number;
}

/** The model as one run sees it: it plays the script of the last message, in pieces cut anywhere. */
export function simModel(run_id: string, session_id: string, speaking: Speaking): ModelPort {
  return {
    id: "sim",
    async *stream(request, signal) {
      const { tag, ordinal } = placeOf(request);
      const { ledger, life, now, failing, random, pace } = speaking;
      const call = ledger.asked({ run_id, step: `${tag}/${ordinal}`, life, at: now() });
      const chunks = piecesOf(tag, ordinal, session_id, random);
      const breaksAt = random() < failing ? Math.floor(random() * chunks.length) : -1;
      let whole = false;
      try {
        for (const [index, chunk] of chunks.entries()) {
          await pause(speaking.after, pace * 2 * random(), signal);
          if (index === breaksAt) {
            throw new ModelError("connection_failed", "The connection broke.", { retryable: random() < 0.9 });
          }
          if (index === chunks.length - 1) whole = true;
          yield chunk;
        }
      } finally {
        call.failed = !whole;
      }
    },
  };
}

/** Which message the model answers, and how far its answer got. */
function placeOf({ messages }: ModelRequest): { tag: string; ordinal: number } {
  const asked = messages.findLastIndex(({ role, content }) => role === "user" && tagIn(content) !== null);
  const said = messages[asked];
  return {
    tag: (said === undefined ? null : tagIn(said.content)) ?? "m0",
    ordinal: messages.slice(asked + 1).filter(({ role }) => role === "assistant").length,
  };
}

function piecesOf(tag: string, ordinal: number, session_id: string, random: () => number): (readonly ModelChunk[])[] {
  const script = scriptOf(tag);
  // Whoever asks on after the last step (an answer that a message came behind) hears the last step again.
  const { text, thinking, calls } = script[Math.min(ordinal, script.length - 1)] ?? {
    text: "",
    thinking: "",
    calls: [],
  };
  const chunks: (readonly ModelChunk[])[] = [];
  for (const piece of cutUp(thinking, random, 12)) chunks.push([{ type: "reasoning", text: piece }]);
  for (const piece of cutUp(text, random, 40)) chunks.push([{ type: "text", text: piece }]);
  for (const [index, call] of calls.entries()) {
    const [first = "", ...rest] = cutUp(call.arguments, random, 16);
    // The same ids again in each step, as some endpoints do; not in each session, so that a call can be told by its id.
    const id = `${session_id}_${index}`;
    chunks.push([{ type: "tool_call", index, id, name: call.name, arguments: first }]);
    for (const piece of rest) chunks.push([{ type: "tool_call", index, arguments: piece }]);
  }
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  chunks.push([
    { type: "finish", reason: calls.length > 0 ? "tool_calls" : "stop" },
    { type: "usage", usage },
  ]);
  return chunks;
}

/** Cuts anywhere, in the middle of a surrogate pair too. */
function cutUp(text: string, random: () => number, longest: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + Math.floor(random() * longest);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** Waits, but no longer than until `signal` aborts: then it throws. */
export function pause(after: After, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = (): void => {
      callOff();
      reject(signal.reason);
    };
    const callOff = after(ms, () => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}
