import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ChildGateway } from "./child-gateway.ts";
import { eventually } from "./within.ts";

export const MIB = 1024 * 1024;

const PROBE = pathToFileURL(resolve(import.meta.dirname, "memory-probe.ts")).href;

/** What a gateway must be started with to be asked by {@link liveMemory}. `more`: further options of Node. */
export const probed = (more = ""): Record<string, string> => ({ NODE_OPTIONS: `--import ${PROBE} ${more}` });

/** Bytes. */
export interface Live {
  /** In objects and buffers that something still refers to. */
  readonly held: number;
  /** That the process has of the system, right after garbage was collected. */
  readonly resident: number;
}

/** Collects a gateway's garbage and says what is left. */
export async function liveMemory({ process }: ChildGateway): Promise<Live> {
  const from = process.stderr.length;
  process.child.kill("SIGUSR2");
  const line = /^memory-probe (\d+) (\d+)$/m;
  const said = (): RegExpExecArray | null => line.exec(process.stderr.slice(from));
  await eventually(() => said() !== null, "the memory probe", 20_000);
  const [, held, resident] = (said() ?? []).map(Number);
  return { held: held ?? 0, resident: resident ?? 0 };
}

/** Bytes that a gateway has of the system now, garbage and all. */
export function residentMemory({ process: { child } }: ChildGateway): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
