import { DEMO_MODEL } from "@millrace/scripted-model";
import { verify } from "../src/verify/verify.ts";
import type { Door, Tamper, TamperingProxy } from "./tampering-proxy.ts";

/** What came of a verification. */
export interface Ran {
  readonly code: number;
  readonly result: {
    readonly seed: number;
    readonly frames: number;
    readonly disconnects: number;
    readonly cuts: Record<string, number>;
    readonly counts: Record<string, number>;
    readonly faults: readonly { readonly verdict: string; readonly message: string }[];
  };
}

export interface RunOptions {
  readonly seed?: number;
  readonly keep?: boolean;
  readonly messages?: number;
  /** Asks for the demo by its name. */
  readonly demo?: boolean;
}

/** Verifies through the proxy, which tampers meanwhile. */
export async function runThrough(
  proxy: TamperingProxy,
  tamper: Tamper,
  { seed = 7, keep = false, messages = 2, demo = false }: RunOptions = {},
): Promise<Ran> {
  proxy.tamper = tamper;
  let out = "";
  const code = await verify(
    {
      command: "verify",
      url: proxy.url,
      messages,
      duration_s: 1,
      viewers: 1,
      seed,
      json: true,
      keep,
      ...(demo && { model: DEMO_MODEL }),
    },
    {
      env: {},
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (out += text) },
      on: () => {},
      off: () => {},
    },
  );
  return { code, result: JSON.parse(out) as Ran["result"] };
}

export const honest: Tamper = (text) => [text];

/** Tampers with the first of what fits. */
export function first(fits: RegExp, change: Tamper, { count = 1, only = "steady" as Door } = {}): Tamper {
  let left = count;
  return (text, door) => {
    if (left === 0 || door !== only || !fits.test(text)) return [text];
    left -= 1;
    return change(text, door);
  };
}

/** Holds a frame back until the one after it, of the same session and door, is through. */
export function swapped(fits: RegExp, next: RegExp, { count = 1, only = "steady" as Door } = {}): Tamper {
  let held: string | null = null;
  let left = count;
  return (text, door) => {
    if (held !== null && door === only && next.test(text) && sessionIn(text) === sessionIn(held)) {
      const late = held;
      held = null;
      return [text, late];
    }
    if (held !== null || left === 0 || door !== only || !fits.test(text)) return [text];
    left -= 1;
    held = text;
    return [];
  };
}

function sessionIn(text: string): string | undefined {
  return /"session_id":"([^"]+)"/u.exec(text)?.[1];
}
