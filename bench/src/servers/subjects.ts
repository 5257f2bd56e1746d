import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Dialect } from "../load/dialects.ts";
import { Child, type Place } from "../processes/child.ts";
import { Remote } from "../processes/rpc.ts";
import type { ProbeCalls } from "./memory-probe.ts";

/** A server under test. */
export interface Subject {
  readonly name: Dialect;
  readonly url: string;
  readonly pid: number;
  readonly ready_ms: number;
  readonly probe: Remote<ProbeCalls>;
  stop(): Promise<void>;
}

const MODULES: Readonly<Record<Dialect, URL>> = {
  relay: new URL("./relay.ts", import.meta.url),
  naive: new URL("./naive.ts", import.meta.url),
  millrace: new URL("../../../apps/gateway/src/start.js", import.meta.url),
};

export const SUBJECTS = Object.keys(MODULES) as readonly Dialect[];

const probe = fileURLToPath(new URL("./memory-probe.ts", import.meta.url));

/** One socket asks more often here than a person would; everything else is as it comes. */
const LIMITS = { commands_per_minute: 1_000_000, command_burst: 1_000_000, subscriptions: 1_000_000 };

export interface SubjectOptions {
  readonly model_url: string;
  /** Where it leaves a CPU profile when it stops; null for none. */
  readonly profile_dir?: string | null;
  /** Default: one core. */
  readonly place?: Place;
  /** Limits of the gateway beside those that are raised anyway. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Without the memory probe, as it is started everywhere else. */
  readonly bare?: boolean;
}

/** Starts a server under test with an empty data folder. */
export async function startSubject(
  name: Dialect,
  { model_url, profile_dir = null, place = "one core", limits = {}, bare = false }: SubjectOptions,
): Promise<Subject> {
  const data_dir = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const probed = bare ? [] : ["--expose-gc", "--import", probe];
  const profiled = profile_dir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile_dir}`];
  const child = await Child.start({
    module: MODULES[name],
    place,
    flags: [...probed, ...profiled],
    env: {
      PORT: "0",
      OPENAI_BASE_URL: model_url,
      MILLRACE_MODEL: "bench",
      MILLRACE_DATA_DIR: data_dir,
      MILLRACE_LIMITS: JSON.stringify({ ...LIMITS, ...limits }),
    },
  });
  return {
    name,
    url: child.url,
    pid: child.pid,
    ready_ms: child.ready_ms,
    probe: new Remote<ProbeCalls>(child.process),
    stop: async () => {
      await child.stop();
      rmSync(data_dir, { recursive: true, force: true });
    },
  };
}
