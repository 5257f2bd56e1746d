import { type ChildProcess, spawn } from "node:child_process";
import { readdir, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { REASONS } from "@millrace/protocol";
import { Appearances } from "./appearances.ts";
import { bubblewrapArguments, DESCRIPTORS, SANDBOX_HOME, sandboxUser } from "./bubblewrap-arguments.ts";
import { commandEnvironment } from "./environment.ts";
import { findGuarded } from "./guarded-paths.ts";
import {
  type Exit,
  PROCESS_LIMITS,
  type Sandbox,
  type SandboxState,
  type Spawned,
  type SpawnOptions,
} from "./sandbox.ts";
import { seccompFilter } from "./seccomp.ts";

const PROBE_MS = 10_000;

/** How often the processes of a sandbox are counted, where the kernel does not. Milliseconds. */
const COUNT_MS = 100;

/** Where memory runs out, the kernel ends what the command runs before the server. */
const BEFORE = 'echo 1000 2>/dev/null >/proc/self/oom_score_adj; exec "$0" "$@"';

/** As a shell says it. */
const NOT_FOUND = 127;

/**
 * The sandbox of Linux: namespaces made by bubblewrap, which needs no privileges, and a seccomp filter.
 *
 * @param program found in the system's folders, or an absolute path; version 0.8 or later
 */
export function bubblewrap(program = "bwrap"): Sandbox {
  let state: Promise<SandboxState> | undefined;
  return {
    available: () => {
      state ??= probe(program);
      return state;
    },
    spawn: (command, options) => start(program, command, options),
  };
}

async function probe(program: string): Promise<SandboxState> {
  const missing = (why: string): SandboxState => ({ ok: false, why: `${REASONS.sandbox_needed} ${why}` });
  if (process.platform !== "linux") return missing(REASONS.sandbox_system);
  if (seccompFilter(process.arch) === null) return missing(REASONS.sandbox_processor);
  try {
    const folder = await realpath(tmpdir());
    const options = { readable_paths: [], network: false, limits: PROCESS_LIMITS };
    const child = launch(program, bubblewrapArguments("true", folder, [], options));
    const said: Buffer[] = [];
    child.stderr?.on("data", (bytes: Buffer) => said.push(bytes));
    child.stdout?.resume();
    const timer = setTimeout(() => child.kill("SIGKILL"), PROBE_MS);
    const { code } = await ended(child);
    clearTimeout(timer);
    const text = Buffer.concat(said).toString().trim().slice(0, 300);
    if (code === 0) return { ok: true };
    if (code === NOT_FOUND) return missing(REASONS.sandbox_missing);
    return missing(`${REASONS.sandbox_broken} ${text || `It exited with ${code}.`}`);
  } catch {
    return missing(REASONS.sandbox_not_started);
  }
}

async function start(program: string, command: string, options: SpawnOptions): Promise<Spawned> {
  const workspace = await realpath(options.workspace);
  if (!(await stat(workspace)).isDirectory()) throw new Error("The workspace is not a folder.");
  if (workspace === "/") throw new Error("The workspace is the whole disk.");
  const isIn = (path: string, folders: readonly string[]): boolean =>
    folders.some((folder) => path.startsWith(`${folder}/`));
  const named = options.protected_paths.map((path) =>
    isIn(path, [options.workspace]) ? workspace + path.slice(options.workspace.length) : path,
  );
  const protected_paths = [...named, ...(await realPaths(named))].filter((path) => isIn(path, [workspace]));
  const readable_paths = await realPaths(options.readable_paths);
  const hidden_paths = (await realPaths(options.hidden_paths)).filter(
    (path) => isIn(path, [workspace, ...readable_paths]) || readable_paths.includes(path),
  );
  const guarded = await findGuarded(workspace, protected_paths, hidden_paths);
  const appearances = await Appearances.watch(workspace, protected_paths);
  const args = bubblewrapArguments(command, workspace, guarded, { ...options, readable_paths });
  const child = launch(program, args, readable_paths);
  const running = new Running(child, options.limits.processes);
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const exited = running.exited.then(async ({ code, notes }): Promise<Exit> => {
    const aside = await appearances.putAside();
    const blocked = aside.map((name) => `${name} is protected and cannot be made here: it was renamed.`);
    return { code, notes: [...notes, ...blocked] };
  });
  const { stdout, stderr } = child as { stdout: Readable; stderr: Readable };
  return { stdout, stderr, exited, kill: (signal) => running.kill(signal) };
}

/** What is not there is left out. */
async function realPaths(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => null)));
  return found.filter((path) => path !== null);
}

function launch(program: string, args: readonly string[], readable: readonly string[] = []): ChildProcess {
  const user = sandboxUser();
  const child = spawn("/bin/sh", ["-c", BEFORE, program, ...args], {
    cwd: "/",
    // Also that of bubblewrap itself: what starts the command could be read as its parent's.
    env: commandEnvironment(process.env, SANDBOX_HOME, readable),
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe"],
  });
  const give = (descriptor: number, content: string | Buffer): void => {
    const pipe = pipeOf(child, descriptor) as Writable | null | undefined;
    // It may end before it has read.
    pipe?.on("error", () => {});
    pipe?.end(content);
  };
  give(DESCRIPTORS.passwd, `user:x:${user}:${user}::${SANDBOX_HOME}:/bin/bash\n`);
  give(DESCRIPTORS.group, `user:x:${user}:\n`);
  give(DESCRIPTORS.seccomp, seccompFilter(process.arch) ?? "");
  return child;
}

function pipeOf(child: ChildProcess, descriptor: number): unknown {
  const pipes: readonly unknown[] = child.stdio;
  return pipes[descriptor];
}

/** Resolves when the process has exited; rejects where it never began. */
function ended(child: ChildProcess): Promise<{ readonly code: number }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code: code ?? 137 }));
  });
}

/** A sandbox at work: which process of the host holds it, and how many there are in it. */
class Running {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #processes: number;
  #inner: number | null = null;
  #has_ended = false;
  #note: string | null = null;

  constructor(child: ChildProcess, processes: number) {
    this.#child = child;
    this.#processes = processes;
    this.#readInner();
    const count = setInterval(() => void this.#count(), COUNT_MS);
    // The kernel does not hold a limit of processes against root.
    if (process.getuid?.() !== 0) clearInterval(count);
    this.exited = ended(child)
      .catch(() => ({ code: 126 }))
      .then(({ code }) => {
        clearInterval(count);
        this.#has_ended = true;
        return { code, notes: this.#note === null ? [] : [this.#note] };
      });
    this.exited.catch(() => {});
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#has_ended) return;
    // Before there is an inner process there is no command yet. Once there is one, bubblewrap waits for it.
    if (this.#inner === null) this.#child.kill("SIGKILL");
    // The group of the command: process 1 of the sandbox is in it, ignores it, and ends when the command does.
    else if (signal === "SIGTERM") send(-this.#inner, signal);
    else send(this.#inner, signal);
  }

  #readInner(): void {
    const info = pipeOf(this.#child, DESCRIPTORS.info) as Readable | null | undefined;
    let text = "";
    info?.on("error", () => {});
    info?.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      const pid = Number(/"child-pid": (\d+)/.exec(text)?.[1]);
      if (pid > 1) this.#inner = pid;
    });
  }

  async #count(): Promise<void> {
    if (this.#inner === null || this.#has_ended) return;
    // Of the sandbox's own /proc: those in its namespace and no others.
    const names = await readdir(`/proc/${this.#inner}/root/proc`).catch(() => []);
    if (names.filter((name) => /^\d+$/.test(name)).length <= this.#processes) return;
    this.#note ??= `stopped: more than ${this.#processes} processes at a time`;
    this.kill("SIGKILL");
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
