import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { PATHS } from "./dialects.ts";
import { type Prompt, promptText } from "./prompt.ts";

let socket: WebSocket | null = null;
let session_id: string | undefined;

/** Sends one message of the session and waits for the end of its answer. */
async function turn(open: WebSocket, prompt: Prompt): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const onMessage = (data: unknown): void => {
    const frame = JSON.parse(String(data)) as { type: string; session_id?: string };
    if (frame.type === "ack") session_id ??= frame.session_id;
    else if (frame.type === "done") ended.resolve();
    else if (frame.type === "error" || frame.type === "reject") ended.reject(new Error(String(data)));
  };
  open.on("message", onMessage);
  const message = { type: "send", id: "1", message_id: randomUUID(), content: promptText(prompt), session_id };
  open.send(JSON.stringify(message));
  await ended.promise;
  open.off("message", onMessage);
}

/** One session of Millrace's that becomes long. */
export const historyCalls = {
  /** So many turns, one after the other, in a session that the first call makes. @returns milliseconds */
  turns: async ({ url, prompt, count }: { url: string; prompt: Prompt; count: number }): Promise<number> => {
    if (socket === null) {
      socket = new WebSocket(new URL(PATHS.millrace, url.replace(/^http/, "ws")), { perMessageDeflate: false });
      await once(socket, "open");
    }
    const begin = performance.now();
    for (let left = count; left > 0; left -= 1) await turn(socket, prompt);
    return performance.now() - begin;
  },

  closeHistory: (): void => {
    socket?.terminate();
    socket = null;
    session_id = undefined;
  },
};
