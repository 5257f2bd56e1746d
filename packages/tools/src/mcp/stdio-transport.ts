import { type ChildProcess, spawn } from "node:child_process";
import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  SdkError,
  SdkErrorCode,
  type Transport,
} from "@modelcontextprotocol/client";
import { MESSAGE_BYTES } from "./bounds.ts";
import { Lines } from "./lines.ts";

export interface StdioOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** Lines of its standard error, and of its standard output what is no message. */
  readonly said: (line: string) => void;
}

/** Bytes of a line that only goes to the log, and of what may wait for a program that does not read. */
const SAID_BYTES = 64 * 1024;
const WAITING_BYTES = MESSAGE_BYTES;

/** How long a program may take to end: once its input is closed, once it is told to, once it is killed. Milliseconds. */
const GRACE = { input: 1_000, told: 2_000, killed: 1_000 } as const;

/**
 * A program as the other end of a connection: a JSON message per line. It runs in a process group of its own, and
 * whatever of that is left when the connection ends is killed.
 */
export class StdioTransport implements Transport {
  onmessage?: Transport["onmessage"];
  onerror?: Transport["onerror"];
  onclose?: Transport["onclose"];
  /** With `pid` it tells the client that this is a local program. */
  readonly stderr = null;

  readonly #options: StdioOptions;
  readonly #ended = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #reason: string | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Why the connection ended, in words that follow the server's name; null while it runs and where it was closed. */
  get reason(): string | null {
    return this.#reason;
  }

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#options;
    const child = spawn(command, args, {
      env,
      cwd,
      stdio: "pipe",
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#child = child;
    this.#read(child);
    const started = Promise.withResolvers<void>();
    child.once("spawn", started.resolve);
    child.on("error", (error: NodeJS.ErrnoException) => {
      this.#reason ??= child.pid === undefined ? `could not be started (${error.code ?? "error"})` : null;
      if (child.pid === undefined) this.#end();
      started.reject(error);
    });
    child.once("exit", (code, signal) => {
      this.#reason ??= signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      this.#kill("SIGKILL");
      // What left the group may hold the pipes open.
      setTimeout(() => destroyPipes(child), GRACE.killed).unref();
    });
    child.once("close", () => this.#end());
    await started.promise;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const input = this.#child?.stdin;
    if (!input?.writable || this.#closing !== null) throw new SdkError(SdkErrorCode.NotConnected, "Not connected");
    if (input.writableLength > WAITING_BYTES) throw new SdkError(SdkErrorCode.SendFailed, "The server does not read");
    input.write(`${JSON.stringify(message)}\n`);
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  #read({ stdin, stdout, stderr }: ChildProcess): void {
    const { said } = this.#options;
    const messages = new Lines(
      MESSAGE_BYTES,
      (line) => this.#receive(line),
      () => {
        this.#reason ??= `sent a line of more than ${MESSAGE_BYTES / 1024 / 1024} MiB`;
        void this.close();
      },
    );
    stdout?.on("data", (bytes: Buffer) => messages.write(bytes));
    const words = (): Lines =>
      new Lines(SAID_BYTES, said, () => {
        spoken = words();
      });
    let spoken = words();
    stderr?.on("data", (bytes: Buffer) => spoken.write(bytes));
    for (const pipe of [stdin, stdout, stderr]) pipe?.on("error", (error) => this.onerror?.(error));
  }

  #receive(line: string): void {
    if (this.#closing !== null) return;
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(JSON.parse(line));
    } catch {
      return this.#options.said(line.slice(0, SAID_BYTES));
    }
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #shut(): Promise<void> {
    const child = this.#child;
    if (child === null || child.pid === undefined) return this.#end();
    const ended = this.#ended.promise;
    child.stdin?.end();
    if (this.#reason === null && (await within(ended, GRACE.input))) return;
    this.#kill("SIGTERM");
    if (await within(ended, GRACE.told)) return;
    this.#kill("SIGKILL");
    if (await within(ended, GRACE.killed)) return;
    destroyPipes(child);
    this.#end();
  }

  #end(): void {
    this.#ended.resolve();
    const { onclose } = this;
    delete this.onclose;
    onclose?.();
  }

  #kill(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (child?.pid === undefined) return;
    try {
      if (process.platform === "win32") child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  }
}

function destroyPipes({ stdin, stdout, stderr }: ChildProcess): void {
  for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
}

/** Whether a promise settles within some milliseconds. */
async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
