import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { type Fault, runLine } from "../kit/oracle.ts";
import { playHistory } from "./history.ts";
import { MUTATIONS } from "./mutations.ts";

/**
 * Histories that find what was found here once, where its mutation is put in. A change of how a history is drawn from its
 * seed moves them: `main.ts --mutation` tells the new seed.
 */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [15, "a message at boot began a second driver of the run that was being taken up"],
  [982, "the last message was taken back as a run ended that counted on it: `running` for ever"],
  [51, "a stopped run whose end found the disk full ended with an error"],
  [1_795_227_314, "a run whose beginning found the disk full, as the process drained, was ended with an error"],
  [3723, "a slow link that is still subscribing when everything else rests"],
];

const HISTORIES = Number(process.env.SIM_HISTORIES ?? 300);

test(`FAULTS simulation: ${HISTORIES} seeded histories of clients, gateways and their store lose nothing`, {
  timeout: 60_000 + HISTORIES * 500,
}, async () => {
  const faults: Fault[] = [];
  const counts = new Map<string, number>();
  const began = performance.now();
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const outcome = await playHistory(seed);
    for (const [name, count] of Object.entries(outcome.counts)) counts.set(name, (counts.get(name) ?? 0) + count);
    faults.push(
      ...outcome.faults.map(({ verdict, message }) => ({ verdict, message: `SIM_SEED=${seed}: ${message}` })),
    );
  }
  const minutes = (performance.now() - began) / 60_000;
  process.stdout.write(`${HISTORIES} histories, ${Math.round(HISTORIES / minutes)} a minute\n`);
  process.stdout.write(`${runLine(`1..${HISTORIES}`, Object.fromEntries(counts), faults)}\n`);
  expect(faults.slice(0, 10)).toEqual([]);
  // Otherwise the histories have become too tame to prove anything.
  for (const name of ["disconnects", "kill -9", "drains", "restores", "full disks", "runs"]) {
    expect(counts.get(name), name).toBeGreaterThan(HISTORIES / 10);
  }
});

test.each(FOUND)("SIM_SEED=%i found: %s", async (seed) => {
  expect((await playHistory(seed)).faults).toEqual([]);
});

it("the same seed is the same history", async () => {
  const [first, again] = [await playHistory(11), await playHistory(11)];
  expect(again.line).toBe(first.line);
});

/** Processes of their own, because a module is changed as it is loaded. */
describe("mutations that must be caught", { concurrent: true }, () => {
  it.each(Object.entries(MUTATIONS).map(([name, { verdict }]) => [name, verdict]))(
    "%s → %s",
    { timeout: 120_000 },
    async (name) => {
      const main = resolve(import.meta.dirname, "main.ts");
      const child = spawn(process.execPath, [main, "--mutation", name, "--histories", "600"]);
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
      const code = await new Promise((ended) => child.once("exit", ended));
      expect([code, output.trim()]).toEqual([0, expect.stringContaining(`${name}: caught`)]);
    },
  );
});
