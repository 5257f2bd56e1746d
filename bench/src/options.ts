import { parseArgs } from "node:util";
import { fanOut } from "./measures/fan-out.ts";
import { firstToken } from "./measures/first-token.ts";
import { idle } from "./measures/idle.ts";
import { longHistory } from "./measures/long-history.ts";
import type { Measure } from "./measures/measure.ts";
import { paced } from "./measures/paced.ts";
import { ready } from "./measures/ready.ts";
import { resume } from "./measures/resume.ts";
import { slowViewers } from "./measures/slow-viewers.ts";
import { unpaced } from "./measures/unpaced.ts";

export const MEASURES: Readonly<Record<string, Measure>> = {
  unpaced,
  paced,
  idle,
  "first-token": firstToken,
  ready,
  "fan-out": fanOut,
  "slow-viewers": slowViewers,
  resume,
  history: longHistory,
};

export interface Options {
  /** Small sizes: under a minute, good for a first look only. */
  readonly quick: boolean;
  /** Names of {@link MEASURES}. */
  readonly only: readonly string[];
  /** Put the result into the README. */
  readonly write: boolean;
  readonly profile_dir: string | null;
  /** Instead of the measures: so many milliseconds of one run after the other; null: not. */
  readonly soak_ms: number | null;
}

export const USAGE: string = `usage: npm run bench -- [--quick] [--only ${Object.keys(MEASURES).join("|")}] [--write] [--profile FOLDER] [--soak 10m]`;

/** @throws Error where the arguments make no sense */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      write: { type: "boolean", default: false },
      profile: { type: "string" },
      soak: { type: "string" },
    },
  });
  const only = values.only.length > 0 ? values.only : Object.keys(MEASURES);
  for (const name of only) if (!(name in MEASURES)) throw new Error(`There is no measure ${name}.`);
  const soak_ms = values.soak === undefined ? null : milliseconds(values.soak);
  if (values.write && (values.quick || values.only.length > 0 || soak_ms !== null))
    throw new Error("--write needs a whole run.");
  return { quick: values.quick, only, write: values.write, profile_dir: values.profile ?? null, soak_ms };
}

function milliseconds(text: string): number {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`${text} is no length of time, as 30s, 10m or 2h.`);
  return Number(count) * (unit === "s" ? 1_000 : unit === "m" ? 60_000 : 3_600_000);
}
