import type { Readable } from "node:stream";
import { KeptOutput } from "./kept-output.ts";
import { PlainText } from "./plain-text.ts";
import type { Exit, Spawned } from "./sandbox.ts";

export interface CommandLimits {
  /** Where a call names none, and the longest it may name. Milliseconds. */
  readonly timeout_ms: number;
  readonly max_timeout_ms: number;
  /** What the model gets to read of a command's output. UTF-16 code units. */
  readonly shown_text: number;
  /** A command that has written more is stopped. Bytes. */
  readonly output_bytes: number;
}

export const COMMAND_LIMITS: CommandLimits = {
  timeout_ms: 120_000,
  max_timeout_ms: 600_000,
  shown_text: 30_000,
  output_bytes: 32 * 1024 * 1024,
};

/** From SIGTERM to SIGKILL, and from there until the command is given up. */
const KILL_MS = 2_000;
const LOST_MS = 2_000;

/** How long output is still taken when the command has exited: what it left behind may hold the pipe open (F84). */
const DRAIN_MS = 1_000;

export interface CommandEnd {
  /** Null where it could not even be killed. */
  readonly exit: Exit | null;
  /** Why it was stopped; null where it ended by itself. */
  readonly stopped: "timeout" | "output" | "signal" | null;
  readonly output: { readonly text: string; readonly truncated: boolean };
}

/**
 * Waits for a command that runs, for as long as it may, and kills it then. Its exit counts, not the end of its output.
 *
 * @param options.output gets the text of both streams as it comes, without terminal control
 */
export async function runCommand(
  command: Spawned,
  options: {
    readonly signal: AbortSignal;
    readonly timeout_ms: number;
    readonly limits: Pick<CommandLimits, "shown_text" | "output_bytes">;
    readonly output: (text: string) => void;
  },
): Promise<CommandEnd> {
  const kept = new KeptOutput(options.limits.shown_text);
  const lost = Promise.withResolvers<null>();
  const timers: NodeJS.Timeout[] = [];
  let bytes = 0;
  let stopped: CommandEnd["stopped"] = null;

  const stop = (why: NonNullable<typeof stopped>): void => {
    if (stopped !== null) return;
    stopped = why;
    command.kill("SIGTERM");
    timers.push(setTimeout(() => command.kill("SIGKILL"), KILL_MS));
    timers.push(setTimeout(() => lost.resolve(null), KILL_MS + LOST_MS));
  };
  const show = (text: string): void => {
    if (text === "") return;
    kept.add(text);
    options.output(text);
  };
  const count = (length: number): boolean => {
    bytes += length;
    if (bytes > options.limits.output_bytes) stop("output");
    return bytes <= options.limits.output_bytes;
  };
  const abort = (): void => stop("signal");

  const streams = [readText(command.stdout, show, count), readText(command.stderr, show, count)];
  timers.push(setTimeout(() => stop("timeout"), options.timeout_ms));
  options.signal.addEventListener("abort", abort, { once: true });
  if (options.signal.aborted) abort();
  try {
    const exit = await Promise.race([command.exited, lost.promise]);
    const drained = Promise.all(streams.map(({ closed }) => closed));
    await Promise.race([drained, new Promise((resolve) => timers.push(setTimeout(resolve, DRAIN_MS)))]);
    return { exit, stopped, output: kept.read() };
  } finally {
    options.signal.removeEventListener("abort", abort);
    for (const timer of timers) clearTimeout(timer);
    command.kill("SIGKILL");
    for (const { end } of streams) end();
  }
}

/** One stream's text; with a decoder of its own, so that a character cut in two by the other one's is none. */
function readText(
  stream: Readable,
  show: (text: string) => void,
  count: (bytes: number) => boolean,
): { readonly closed: Promise<void>; end(): void } {
  const decoder = new TextDecoder();
  const plain = new PlainText();
  const closed = Promise.withResolvers<void>();
  stream.on("data", (chunk: Buffer) => {
    if (count(chunk.length)) show(plain.write(decoder.decode(chunk, { stream: true })));
  });
  stream.once("end", () => show(plain.write(decoder.decode())));
  stream.once("close", closed.resolve);
  stream.on("error", () => {});
  return { closed: closed.promise, end: () => stream.destroy() };
}
