import type { FetchLike } from "@modelcontextprotocol/client";
import { MESSAGE_BYTES } from "./bounds.ts";

export interface FetchEvents {
  /** A request could not be sent, or a stream of notifications could not be opened: the server may be gone. */
  readonly doubted: () => void;
  /** A message was too large; the words follow the server's name. */
  readonly overflowed: (problem: string) => void;
}

/**
 * `fetch` for one server. It asks no other host, whatever it is told to ask, and follows no redirect by itself.
 * Of a response, and of each event of a stream, it hands on at most `MESSAGE_BYTES`.
 */
export function boundedFetch(server: URL, events: FetchEvents): FetchLike {
  return async (url, init) => {
    // The client's own redirects stay on the host, except that they may go from http to https.
    if (new URL(url).host !== server.host) throw new Error("A request to another host was refused");
    const isStream = init?.method === "GET";
    let response: Response;
    try {
      response = await fetch(url, { ...init, redirect: "manual" });
    } catch (error) {
      if (init?.signal?.aborted !== true) events.doubted();
      throw error;
    }
    // 405 says that there are no notifications; 404 that there is no such session any more.
    if (response.status === 404 || (isStream && !response.ok && response.status !== 405)) events.doubted();
    if (response.body === null) return response;
    const { status, statusText, headers } = response;
    const isEvents = headers.get("content-type")?.includes("text/event-stream") === true;
    const body = response.body.pipeThrough(bounded(isEvents, events.overflowed));
    return new Response(body, { status, statusText, headers });
  };
}

function bounded(isEvents: boolean, overflowed: (problem: string) => void): TransformStream<Uint8Array, Uint8Array> {
  let held = 0;
  let previous = 0;
  return new TransformStream({
    transform(bytes, controller) {
      const end = isEvents ? eventEnd(bytes, previous) : 0;
      held = end === 0 ? held + bytes.length : bytes.length - end;
      previous = bytes.at(-1) ?? previous;
      if (held <= MESSAGE_BYTES) return controller.enqueue(bytes);
      const problem = `sent a message of more than ${MESSAGE_BYTES / 1024 / 1024} MiB`;
      overflowed(problem);
      controller.error(new Error(problem));
    },
  });
}

/** Position behind the last empty line of these bytes, 0 where there is none. */
function eventEnd(bytes: Uint8Array, previous: number): number {
  for (let at = bytes.lastIndexOf(0x0a); at !== -1; at = bytes.lastIndexOf(0x0a, at - 1)) {
    const before = bytes[at - 1] === 0x0d ? at - 2 : at - 1;
    const isEmpty = before === -1 ? previous === 0x0a : bytes[before] === 0x0a;
    if (isEmpty) return at + 1;
    if (at === 0) break;
  }
  return 0;
}
