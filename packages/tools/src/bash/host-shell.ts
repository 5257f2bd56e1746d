import { spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { commandEnvironment } from "./environment.ts";
import type { Exit, Spawned, SpawnOptions } from "./sandbox.ts";

/** Groups that may still have a process. What is deaf to SIGTERM would outlive the server, that ends before it insists. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const group of groups) signalGroup(group, "SIGKILL");
});

const LIMITS = 'ulimit -c 0 -n 4096 -d "$2" -f "$3"; exec /bin/bash --noprofile --norc -c "$1"';

/**
 * Runs a line of bash without any sandbox, in a process group of its own: it can do all that the server can. A process
 * that leaves the group outlives it.
 */
export async function spawnOnHost(command: string, { workspace, limits }: SpawnOptions): Promise<Spawned> {
  const cwd = await realpath(workspace);
  const home = await mkdtemp(join(tmpdir(), "millrace-bash-"));
  const args = [command, String(Math.ceil(limits.memory / 1024)), String(Math.ceil(limits.file_size / 1024))];
  const child = spawn("/bin/bash", ["--noprofile", "--norc", "-c", LIMITS, "bash", ...args], {
    cwd,
    detached: true,
    env: { ...commandEnvironment(process.env, home, "all"), TMPDIR: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", () => resolve({ code: 126, notes: [] }));
    child.once("exit", (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal ?? "SIGKILL"], notes: [] }),
    );
  });
  void exited.then(() => rm(home, { recursive: true, force: true }).catch(() => {}));
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const group = child.pid as number;
  groups.add(group);
  const { stdout, stderr } = child as { stdout: Readable; stderr: Readable };
  return {
    stdout,
    stderr,
    exited,
    kill: (signal) => {
      if (signal === "SIGKILL") groups.delete(group);
      signalGroup(group, signal);
    },
  };
}

function signalGroup(group: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    // The group has this number for as long as one of its processes lives, also after the first one.
    process.kill(-group, signal);
  } catch {
    // None is left.
  }
}
