import type { ChunkOf, MillraceClient, StreamChunk, StreamOptions } from "@millrace/client";
import type { Keyboard } from "./keyboard.ts";
import { Questions } from "./questions.ts";
import type { Screen } from "./screen.ts";
import type { Style } from "./style.ts";
import { NOTHING_SHOWN, show, statusLine } from "./terminal-view.ts";

const FRAME_MS = 100;

export interface TurnParts {
  readonly client: MillraceClient;
  readonly screen: Screen;
  readonly keyboard: Keyboard;
  readonly style: Style;
  /** The second Ctrl-C. */
  readonly leave: () => never;
}

/** Sends a message and shows its run to the end, at a terminal. Throws what `stream` throws. */
export async function turn(
  { client, screen, keyboard, style, leave }: TurnParts,
  content: string,
  options: StreamOptions,
  onChunk: (chunk: StreamChunk) => void,
): Promise<ChunkOf<"done" | "cancelled" | "error"> | null> {
  const controller = new AbortController();
  let view = NOTHING_SHOWN;
  let typing = false;
  let end: ChunkOf<"done" | "cancelled" | "error"> | null = null;

  const tell = (line: string): void => screen.write(`${view.atLineStart ? "" : "\n"}${style.grey(line)}\n`);
  const interrupt = (): void => {
    if (controller.signal.aborted) leave();
    controller.abort();
    tell("stopping; Ctrl-C again leaves");
    view = { ...view, block: "none", atLineStart: true };
  };
  const questions = new Questions({
    tell,
    answer: async ({ session_id, request_id, args_digest }, answer) => {
      await client.respond(session_id, request_id, answer, args_digest === undefined ? {} : { args_digest });
    },
    ask: async (signal) => {
      typing = true;
      screen.status(null);
      keyboard.keys(null);
      const line = await keyboard.line("answer> ", { signal, remember: false });
      typing = false;
      if (end === null) keyboard.keys(onKey);
      if (line === null && !signal.aborted) interrupt();
      return line;
    },
  });
  const onKey = (key: string): void => (key === "ctrl-c" ? interrupt() : questions.key(key));
  const draw = (): void => {
    const lost = client.connection.get().state === "waiting";
    if (!typing) screen.status(statusLine(view, Date.now(), screen.columns, lost));
  };

  keyboard.keys(onKey);
  const frames = setInterval(draw, FRAME_MS);
  try {
    for await (const chunk of client.stream(content, { ...options, signal: controller.signal })) {
      onChunk(chunk);
      const shown = show(view, chunk, style, Date.now());
      view = shown.view;
      screen.write(shown.text);
      if (chunk.type === "done" || chunk.type === "cancelled" || chunk.type === "error") end = chunk;
      questions.see(chunk);
    }
    return end;
  } finally {
    clearInterval(frames);
    screen.status(null);
    keyboard.keys(null);
  }
}
