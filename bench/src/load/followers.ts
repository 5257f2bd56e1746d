import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { PATHS } from "./dialects.ts";
import { latencyOf } from "./numbered-text.ts";
import { type Prompt, promptText } from "./prompt.ts";
import { Recording } from "./recording.ts";

/** What Millrace's frames have that followers look at. */
interface Frame {
  readonly v?: 1;
  readonly type: string;
  readonly session_id: string;
  readonly seq: number;
  readonly from?: number;
  readonly offset: number;
  readonly content: string;
}

/** Sockets that subscribe at a time. */
const AT_ONCE = 100;

let sockets: WebSocket[] = [];
/** What went wrong first. */
let problem: string | null = null;
let head = 0;
let session_id = "";
const recording = new Recording();

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(new URL(PATHS.millrace, url.replace(/^http/, "ws")), { perMessageDeflate: false });
  sockets.push(socket);
  await once(socket, "open");
  socket.on("error", () => {});
  return socket;
}

const frameOf = (data: unknown): Frame => JSON.parse(String(data)) as Frame;

/** Subscribes and reads from there on; resolves when it has what came before. Every event has to come once and in order. */
function subscribe(socket: WebSocket, after: number): Promise<void> {
  let cursor = after;
  return new Promise((resolve) => {
    socket.on("close", (code) => {
      problem ??= `a follower was closed with ${code}`;
      resolve();
    });
    socket.on("message", (data) => {
      const frame = frameOf(data);
      if (frame.type === "live") resolve();
      if (frame.v === undefined) return;
      // What was merged across the place where it begins may come as a whole.
      const from = frame.from ?? frame.seq;
      if (from > cursor + 1 || frame.seq <= cursor) problem ??= `event ${from} came after ${cursor}`;
      cursor = frame.seq;
      if (frame.type === "text_delta") for (const ms of latencyOf(frame.content)) recording.add(ms);
    });
    socket.send(JSON.stringify({ type: "subscribe", id: "1", session_id, after }));
  });
}

/** Follows from the start, and reads no faster than so many bytes per millisecond on average. */
async function crawl(url: string, rate: number): Promise<void> {
  const socket = await connect(url);
  let due = performance.now();
  let timer: NodeJS.Timeout | undefined;
  socket.on("close", () => clearTimeout(timer));
  socket.on("message", (data) => {
    due = Math.max(due, performance.now()) + String(data).length / rate;
    socket.pause();
    clearTimeout(timer);
    timer = setTimeout(() => socket.resume(), due - performance.now());
  });
  socket.send(JSON.stringify({ type: "subscribe", id: "1", session_id, after: 0 }));
}

/** Many viewers of one session, which only Millrace has. */
export const followerCalls = {
  /** Begins a session with one stream; resolves when its text has begun to come. */
  lead: async ({ url, prompt }: { url: string; prompt: Prompt }): Promise<void> => {
    problem = null;
    head = 0;
    const socket = await connect(url);
    const begun = Promise.withResolvers<void>();
    socket.on("message", (data) => {
      const frame = frameOf(data);
      if (frame.v === undefined) return;
      session_id = frame.session_id;
      head = frame.seq;
      if (frame.type === "text_delta") begun.resolve();
    });
    socket.on("close", () => begun.reject(new Error("The leading socket was closed.")));
    socket.send(JSON.stringify({ type: "send", id: "1", message_id: randomUUID(), content: promptText(prompt) }));
    await begun.promise;
  },

  /** Position of the session's newest event. */
  head: (): number => head,

  /** Opens more sockets, which follow nothing yet. */
  openFollowers: async ({ url, count }: { url: string; count: number }): Promise<void> => {
    for (let left = count; left > 0; left -= AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => connect(url)));
  },

  /** All sockets but the leading one subscribe at once, so many events behind. @returns milliseconds until all were live */
  follow: async ({ behind }: { behind: number }): Promise<number> => {
    const begin = performance.now();
    const after = Math.max(0, head - behind);
    await Promise.all(sockets.slice(1).map((socket) => subscribe(socket, after)));
    return performance.now() - begin;
  },

  /** More sockets, which subscribe and read slowly: `rate` in bytes per millisecond. */
  crawl: async ({ url, count, rate }: { url: string; count: number; rate: number }): Promise<void> => {
    await Promise.all(Array.from({ length: count }, () => crawl(url, rate)));
  },

  /** From here on latencies are recorded. */
  recordFollowers: (): void => recording.begin(),

  recordedFollowers: () => recording.end(),

  /** Closes every socket. @returns what went wrong; null: nothing */
  closeFollowers: (): string | null => {
    for (const socket of sockets) {
      socket.removeAllListeners("close");
      socket.terminate();
    }
    sockets = [];
    return problem;
  },
};
