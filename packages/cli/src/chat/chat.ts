import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { ChunkOf, MillraceClient, StreamChunk } from "@millrace/client";
import { type ChatArguments, UsageError } from "../arguments.ts";
import { CommandFailure } from "../failure.ts";
import { connect } from "./connect.ts";
import { Conversation } from "./conversation.ts";
import { Keyboard } from "./keyboard.ts";
import { NOTHING_PIPED, pipe } from "./pipe-view.ts";
import { Screen } from "./screen.ts";
import { styleFor, wantsColours } from "./style.ts";
import { type TurnParts, turn } from "./turn.ts";

type End = ChunkOf<"done" | "cancelled" | "error"> | null;

/** Ctrl-C, as a shell counts it. */
const INTERRUPTED = 130;

/** Talks to a gateway: one message where one is given or piped in, else a conversation. Returns the exit code. */
export async function chat(asked: ChatArguments, process: NodeJS.Process): Promise<number> {
  const { stdin, stdout } = process;
  const atTerminal = stdin.isTTY === true && stdout.isTTY === true && !asked.json;
  const message = asked.message ?? (stdin.isTTY ? null : (await text(stdin)).trim());
  if (message === "") throw new UsageError("the message is empty");
  if (message === null && !atTerminal)
    throw new UsageError("--json, and an output that is no terminal, need a message");
  const { client, models } = await connect(asked);
  // A reader that has read enough, like `head`: the run goes on at the gateway.
  stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  try {
    if (!atTerminal) return exitCode(await oneForPipe(client, message ?? "", asked, process));
    const parts = terminalParts(client, process);
    if (message !== null) return exitCode(await turn(parts, message, { ...options(asked) }, () => {}));
    const conversation = new Conversation(parts, models, asked);
    await conversation.begin();
    const { session_id } = conversation;
    if (session_id !== undefined) parts.screen.write(parts.style.grey(`millrace chat --session ${session_id}\n`));
    return 0;
  } catch (error) {
    if (error instanceof Error && (error.name === "RejectedError" || error.name === "DisconnectedError")) {
      throw new CommandFailure(error.message, { cause: error });
    }
    throw error;
  } finally {
    client.close();
  }
}

function terminalParts(client: MillraceClient, process: NodeJS.Process): TurnParts {
  const { stdin, stdout, env } = process;
  return {
    client,
    screen: new Screen(stdout),
    keyboard: new Keyboard(stdin, stdout),
    style: styleFor(wantsColours(true, env)),
    leave: () => {
      stdout.write("\n");
      process.exit(INTERRUPTED);
    },
  };
}

function options({ session, model, agent }: ChatArguments): { sessionId?: string; model?: string; agent?: string } {
  return {
    ...(session !== undefined && { sessionId: session }),
    ...(model !== undefined && { model }),
    ...(agent !== undefined && { agent }),
  };
}

/** Nobody is there to answer: what would ask is refused. */
async function oneForPipe(
  client: MillraceClient,
  message: string,
  asked: ChatArguments,
  process: NodeJS.Process,
): Promise<End> {
  const { stdout, stderr, env } = process;
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  const style = styleFor(wantsColours(stderr.isTTY === true, env));
  let view = NOTHING_PIPED;
  let end: End = null;
  const write = async (text: string): Promise<void> => {
    if (text !== "" && !stdout.write(text)) await once(stdout, "drain");
  };
  for await (const chunk of client.stream(message, {
    ...options(asked),
    interactive: false,
    signal: controller.signal,
  })) {
    if (isEnd(chunk)) end = chunk;
    if (asked.json) {
      await write(`${JSON.stringify(chunk)}\n`);
      continue;
    }
    const piped = pipe(view, chunk, style);
    view = piped.view;
    await write(piped.out);
    stderr.write(piped.err);
  }
  process.off("SIGINT", interrupt);
  return end;
}

function isEnd(chunk: StreamChunk): chunk is ChunkOf<"done" | "cancelled" | "error"> {
  return chunk.type === "done" || chunk.type === "cancelled" || chunk.type === "error";
}

function exitCode(end: End): number {
  if (end?.type === "done") return 0;
  return end?.type === "cancelled" ? INTERRUPTED : 1;
}
