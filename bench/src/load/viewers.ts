import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { answer } from "../processes/rpc.ts";
import { type Dialect, dialogues, PATHS } from "./dialects.ts";
import { followerCalls } from "./followers.ts";
import { historyCalls } from "./history.ts";
import { TokenReader } from "./numbered-text.ts";
import { type Prompt, promptText } from "./prompt.ts";
import { type Latencies, Recording } from "./recording.ts";

/** What came of the streams that were watched. */
export interface Watched {
  readonly tokens: number;
  /** A sentence for each stream that was not delivered complete and in order. */
  readonly problems: readonly string[];
}

const AT_ONCE = 50;

let sockets: WebSocket[] = [];
let readers: TokenReader[] = [];
let ended: Promise<unknown> = Promise.resolve();
const recording = new Recording();
const record = (ms: number): void => recording.add(ms);

async function connect(url: string, dialect: Dialect): Promise<WebSocket> {
  const address = new URL(PATHS[dialect], url.replace(/^http/, "ws"));
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await once(socket, "open");
  socket.on("error", () => {});
  return socket;
}

/** Asks for one stream and reads it to its end. `onText` is called with each piece of text. */
function watch(
  socket: WebSocket,
  dialect: Dialect,
  prompt: Prompt,
  reader: TokenReader,
  onText = () => {},
): Promise<void> {
  const { ask, hear } = dialogues[dialect]();
  return new Promise((resolve) => {
    const end = (problem: string | null): void => {
      socket.off("message", onMessage);
      socket.off("close", onClose);
      if (problem !== null) reader.problem ??= problem;
      reader.end("tokens" in prompt ? prompt.tokens : null);
      resolve();
    };
    const onClose = (code: number): void => end(`the socket was closed with ${code}`);
    const onMessage = (data: unknown): void => {
      const heard = hear(String(data));
      if (heard === null) return;
      if (heard.kind === "text") {
        onText();
        reader.read(heard.text, record);
      } else end(heard.kind === "end" ? null : heard.problem);
    };
    socket.on("message", onMessage);
    socket.on("close", onClose);
    socket.send(ask(promptText(prompt)));
  });
}

const calls = {
  ...followerCalls,
  ...historyCalls,

  /** Opens more sockets to a server. */
  open: async ({ url, dialect, count }: { url: string; dialect: Dialect; count: number }): Promise<void> => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const opening = Array.from({ length: Math.min(AT_ONCE, left) }, () => connect(url, dialect));
      sockets.push(...(await Promise.all(opening)));
    }
  },

  /** Asks for one stream on each socket, spread over `ramp_ms`; resolves when all are asked for. */
  begin: async ({ dialect, prompt, ramp_ms }: { dialect: Dialect; prompt: Prompt; ramp_ms: number }): Promise<void> => {
    const kind = "tokens" in prompt ? "plain" : "stamped";
    const watched: Promise<void>[] = [];
    readers = sockets.map(() => new TokenReader(kind));
    const start = performance.now();
    for (const [index, socket] of sockets.entries()) {
      const wait = start + (ramp_ms * index) / sockets.length - performance.now();
      if (wait > 1) await sleep(wait);
      watched.push(watch(socket, dialect, prompt, readers[index] as TokenReader));
    }
    ended = Promise.all(watched);
  },

  /** Streams whose text has begun to come. */
  begun: (): number => readers.filter((reader) => reader.tokens > 0).length,

  /** Resolves when every stream has ended. */
  end: async (): Promise<Watched> => {
    await ended;
    const problems = readers.flatMap(({ problem }, index) => (problem === null ? [] : [`stream ${index}: ${problem}`]));
    return { tokens: readers.reduce((sum, { tokens }) => sum + tokens, 0), problems };
  },

  /** From here on latencies are recorded. */
  record: (): void => recording.begin(),

  /** Ends the recording. */
  recorded: (): Latencies => recording.end(),

  /** One stream after the other on the first socket: milliseconds from the request to its first text. */
  firstTokens: async ({
    dialect,
    prompt,
    count,
  }: {
    dialect: Dialect;
    prompt: Prompt;
    count: number;
  }): Promise<number[]> => {
    const socket = sockets[0];
    if (socket === undefined) throw new Error("No socket is open.");
    const times: number[] = [];
    for (let left = count; left > 0; left -= 1) {
      const reader = new TokenReader("plain");
      const asked = performance.now();
      let first = Number.NaN;
      await watch(socket, dialect, prompt, reader, () => {
        if (Number.isNaN(first)) first = performance.now() - asked;
      });
      if (reader.problem !== null) throw new Error(reader.problem);
      times.push(first);
    }
    return times;
  },

  /** Closes every socket. */
  close: (): void => {
    for (const socket of sockets) socket.terminate();
    sockets = [];
  },
};
export type ViewerCalls = typeof calls;

answer(calls);
// Nothing listens here; the line says that questions are answered.
process.stdout.write("listening on ipc:\n");
setInterval(() => {}, 60_000);
process.on("SIGTERM", () => process.exit(0));
