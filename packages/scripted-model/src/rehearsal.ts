import type { ChatRequest } from "./chat.ts";
import type { Clock } from "./clock.ts";
import { sseComment, sseEvent } from "./encode.ts";
import { CompletionFold } from "./fold.ts";
import { play } from "./play.ts";
import type { Script } from "./script.ts";

/** A clock for tests: sleeping takes no time and moves it on. */
export function steppingClock(): Clock & { readonly slept: readonly number[] } {
  const slept: number[] = [];
  let time = 1000;
  return {
    slept,
    now: () => time,
    sleep: (ms) => {
      slept.push(ms);
      time += ms;
      return Promise.resolve();
    },
  };
}

export interface Written {
  /** The body as it would be on the wire. */
  readonly body: string;
  /** The data of each SSE event made by the server, `[DONE]` included. */
  readonly data: readonly string[];
  /** Milliseconds from the request to each of them. */
  readonly times: readonly number[];
  readonly response: { readonly status: number; readonly body: unknown } | undefined;
  readonly ending: "end" | "fin" | "rst" | "whole" | "open";
  /** What the events add up to. */
  readonly completion: { readonly status: number; readonly body: object };
}

export function chatRequest(text: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return { model: "test", stream: true, messages: [{ role: "user", content: text }], ...more };
}

/** Plays a script into memory, without a server. */
export async function rehearse(
  script: Script,
  options: { readonly request?: ChatRequest; readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<Written> {
  const clock = options.clock ?? steppingClock();
  const startedAt = clock.now();
  const data: string[] = [];
  const times: number[] = [];
  const fold = new CompletionFold();
  let body = "";
  let response: Written["response"];
  let ending: Written["ending"] = "open";
  const add = (text: string | Uint8Array): undefined => {
    body += typeof text === "string" ? text : new TextDecoder().decode(text);
  };
  await play(script, {
    request: options.request ?? chatRequest("hello"),
    id: "chatcmpl-test",
    created: 1,
    clock,
    startedAt,
    signal: options.signal ?? new AbortController().signal,
    writer: {
      data: (text, event) => {
        data.push(text);
        times.push(Math.round(clock.now() - startedAt));
        fold.add(text);
        return add(sseEvent(text, event));
      },
      raw: add,
      comment: (text) => add(sseComment(text)),
      open: (status) => {
        response = { status, body: undefined };
      },
      whole: (status, _headers, whole) => {
        response = { status, body: whole };
        ending = "whole";
        return Promise.resolve();
      },
      trailers: () => undefined,
      end: () => {
        ending = "end";
        return Promise.resolve();
      },
      cut: (how) => {
        ending = how;
        return Promise.resolve();
      },
    },
  });
  return { body, data, times, response, ending, completion: fold.result() };
}
