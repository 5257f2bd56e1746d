import { parseArgs } from "node:util";
import { firstToken } from "./measures/first-token.ts";
import { idle } from "./measures/idle.ts";
import type { Measure } from "./measures/measure.ts";
import { paced } from "./measures/paced.ts";
import { ready } from "./measures/ready.ts";
import { unpaced } from "./measures/unpaced.ts";

export const MEASURES: Readonly<Record<string, Measure>> = {
  unpaced,
  paced,
  idle,
  "first-token": firstToken,
  ready,
};

export interface Options {
  /** Small sizes: under a minute, good for a first look only. */
  readonly quick: boolean;
  /** Names of {@link MEASURES}. */
  readonly only: readonly string[];
  /** Put the result into the README. */
  readonly write: boolean;
  readonly profile_dir: string | null;
}

export const USAGE: string = `usage: npm run bench -- [--quick] [--only ${Object.keys(MEASURES).join("|")}] [--write] [--profile FOLDER]`;

/** @throws Error where the arguments make no sense */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      write: { type: "boolean", default: false },
      profile: { type: "string" },
    },
  });
  const only = values.only.length > 0 ? values.only : Object.keys(MEASURES);
  for (const name of only) if (!(name in MEASURES)) throw new Error(`There is no measure ${name}.`);
  if (values.write && (values.quick || values.only.length > 0)) throw new Error("--write needs a whole run.");
  return { quick: values.quick, only, write: values.write, profile_dir: values.profile ?? null };
}
