import type { Readable } from "node:stream";

/** Where commands run so that they can touch nothing but a workspace. */
export interface Sandbox {
  /** Found out by really running something, once. `why`: for people, without a path of the host. */
  available(): Promise<SandboxState>;
  /**
   * Starts a line of bash. Rejects where it could not be started. What it started is dead once `exited` resolves.
   */
  spawn(command: string, options: SpawnOptions): Promise<Spawned>;
}

export type SandboxState = { readonly ok: true } | { readonly ok: false; readonly why: string };

export interface SpawnOptions {
  /** Absolute path of the folder that the command starts in, and all that it may change. */
  readonly workspace: string;
  /** In the workspace, absolute: cannot be changed, nor made where they are missing. */
  readonly protected_paths: readonly string[];
  /** Absolute: cannot be seen. */
  readonly hidden_paths: readonly string[];
  /** Absolute: can be read, besides the system's own programs. */
  readonly readable_paths: readonly string[];
  /** The host's network, loopback included; without it there is none. */
  readonly network: boolean;
  readonly limits: ProcessLimits;
}

export interface ProcessLimits {
  /** Processes and threads at a time. */
  readonly processes: number;
  /** Bytes of memory that one process may fill. */
  readonly memory: number;
  /** Bytes of one file, and of all temporary files. */
  readonly file_size: number;
}

export const PROCESS_LIMITS: ProcessLimits = { processes: 512, memory: 4 * 1024 ** 3, file_size: 1024 ** 3 };

/** A command that runs. */
export interface Spawned {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
  /** Sends a signal to all that the command started; nothing where it has ended. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export interface Exit {
  /** As a shell says it: 128 and the signal's number where it died of one. */
  readonly code: number;
  /** What is worth knowing besides, in words for the model: a limit that ended it, files that were put aside. */
  readonly notes: readonly string[];
}
