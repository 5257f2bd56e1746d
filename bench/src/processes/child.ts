import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const READY_MS = 20_000;
const STOP_MS = 5_000;

/** Part of util-linux: most systems have it, nothing installs it. */
const TASKSET = "taskset";

const cores = availableParallelism();
const canPin = cores > 1 && spawnSync(TASKSET, ["--version"]).status === 0;

/**
 * Where a process runs: the server under test on one core that nothing else has, or wherever the system puts it and its
 * threads; model and viewers on the other cores.
 */
export type Place = "one core" | "any core" | "load";

/** How the processes are placed, in words. */
export const placement: string = canPin
  ? "model and viewers never on the first core"
  : "processes not pinned to cores: the numbers are less steady";

export interface Program {
  readonly module: URL;
  readonly place: Place;
  readonly env?: Readonly<Record<string, string>>;
  /** For Node itself. */
  readonly flags?: readonly string[];
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** A process of the benchmark that serves: it prints one line `listening on URL`. */
export class Child {
  readonly process: ChildProcess;
  readonly url: string;
  /** From spawn to the line, in milliseconds. */
  readonly ready_ms: number;

  private constructor(child: ChildProcess, url: string, ready_ms: number) {
    this.process = child;
    this.url = url;
    this.ready_ms = ready_ms;
  }

  get pid(): number {
    return this.process.pid as number;
  }

  static async start({ module, place, env = {}, flags = [] }: Program): Promise<Child> {
    const command = [...pin(place), process.execPath, ...flags, fileURLToPath(module)];
    const begin = performance.now();
    const child = spawn(command[0] as string, command.slice(1), {
      // Nothing of the caller's environment: a setting there would be measured too.
      env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    running.add(child);
    child.on("exit", () => running.delete(child));
    const errors: string[] = [];
    child.stderr?.on("data", (text) => errors.push(String(text)));
    const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS);
    try {
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        const url = /^listening on (\S+)$/.exec(line)?.[1];
        if (url !== undefined) {
          child.stdout?.resume();
          return new Child(child, url, performance.now() - begin);
        }
      }
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`${module.pathname.split("/").at(-1)} did not start: ${errors.join("").trim()}`);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    await exit;
    clearTimeout(timer);
  }
}

function pin(place: Place): string[] {
  if (!canPin || place === "any core") return [];
  const others = cores === 2 ? "1" : `1-${cores - 1}`;
  return [TASKSET, "-c", place === "one core" ? "0" : others];
}
