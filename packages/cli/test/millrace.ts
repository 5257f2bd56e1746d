import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");
const WAIT_MS = 15_000;

/** The command in a process of its own, on pipes or at a pseudo-terminal. */
export class Millrace implements Disposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  /** Everything so far; at a terminal, what it would have to show. */
  out = "";
  err = "";
  /** Part of `out` that `until` has passed. */
  #seen = 0;
  #changed: () => void = () => {};
  readonly exit: Promise<number | null>;

  /** @param env instead of the environment's own settings for this command */
  static piped(args: readonly string[], env: Readonly<Record<string, string>> = {}): Millrace {
    return new Millrace(process.execPath, [MAIN, ...args], env);
  }

  /** `script` of util-linux gives the command a terminal and passes on what is typed. */
  static atTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Millrace {
    const command = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    return new Millrace("script", ["-qfec", command, "typescript"], { TERM: "xterm-256color", ...env });
  }

  private constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#folder = mkdtempSync(join(tmpdir(), "millrace-cli-"));
    const { PATH = "" } = process.env;
    this.#child = spawn(command, args, { cwd: this.#folder, env: { PATH, ...env } });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
      this.#changed();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
      this.#changed();
    });
    this.#child.stdin.on("error", () => {});
    this.exit = new Promise((resolve) => this.#child.on("close", resolve));
  }

  /** Where it runs. */
  get folder(): string {
    return this.#folder;
  }

  /** Waits until the output after the last `until` has `pattern`, and returns the output up to its end. */
  async until(pattern: RegExp | string): Promise<string> {
    const deadline = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const fresh = this.out.slice(this.#seen);
      const found = typeof pattern === "string" ? fresh.indexOf(pattern) : fresh.search(pattern);
      if (found !== -1) {
        const end = found + (typeof pattern === "string" ? pattern.length : (pattern.exec(fresh)?.[0].length ?? 0));
        this.#seen += end;
        return fresh.slice(0, end);
      }
      if (deadline.aborted) throw new Error(`no ${pattern} in:\n${fresh}\n${this.err}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        deadline.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  end(text = ""): void {
    this.#child.stdin.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
