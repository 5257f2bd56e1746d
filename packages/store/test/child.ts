import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A Node process that runs a file of this folder; killed with the test at the latest. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | NodeJS.Signals>;
  #wake: () => void = () => {};
  #open = true;

  constructor(file: string, args: readonly string[], launcher: readonly string[] = []) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const [command = process.execPath, ...rest] = [...launcher, process.execPath, path, ...args];
    const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process = child;
    const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>();
    this.#ended = promise;
    child.once("error", reject);
    child.once("close", (code, signal) => {
      this.#open = false;
      this.#wake();
      resolve(signal ?? code ?? 0);
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.lines.push(line);
      this.#wake();
    });
    onTestFinished(async () => {
      await this.kill();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The n-th line that the process prints. */
  async line(index: number): Promise<string> {
    for (;;) {
      const line = this.lines[index];
      if (line !== undefined) return line;
      if (!this.#open) throw new Error(`The process ended after ${this.lines.length} lines.`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends its standard input and waits for its end. */
  async end(): Promise<number | NodeJS.Signals> {
    this.#process.stdin?.end();
    return this.#ended;
  }

  /** Writes a line to it. */
  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** `kill -9`; resolves when the process is gone and everything it printed is read. */
  async kill(): Promise<number | NodeJS.Signals> {
    this.#process.kill("SIGKILL");
    return this.#ended;
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
