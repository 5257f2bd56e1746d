import { parseArgs } from "node:util";
import { type Fault, runLine } from "../kit/fault.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { loadPatched } from "./patched.ts";

/**
 * `node e2e/simulation/main.ts [--histories n | --minutes n] [--seed first] [--mutation name]`: plays seeded histories and prints
 * those with a fault; `SIM_SEED=n` plays one. With a mutation it plays until its verdict is given. Exits with 1 where a
 * history has a fault, or where the mutation survives.
 */
const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "300" },
    minutes: { type: "string" },
    seed: { type: "string" },
    mutation: { type: "string" },
  },
});
const { SIM_SEED } = process.env;
const first = Number(SIM_SEED ?? values.seed ?? MUTATIONS[values.mutation ?? ""]?.seed ?? 1);
const most = values.minutes === undefined ? Number(values.histories) : Number.POSITIVE_INFINITY;
const histories = SIM_SEED === undefined ? most : 1;
const until = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;

process.exit(values.mutation === undefined ? await playAll() : await mutate(values.mutation));

async function playAll(): Promise<number> {
  const { playHistory } = await import("./history.ts");
  const began = performance.now();
  const counts = new Map<string, number>();
  const faults: Fault[] = [];
  let seed = first;
  for (; seed < first + histories && performance.now() < until; seed++) {
    const outcome = await playHistory(seed);
    for (const [name, count] of Object.entries(outcome.counts)) counts.set(name, (counts.get(name) ?? 0) + count);
    faults.push(...outcome.faults);
    if (outcome.faults.length === 0) continue;
    console.log(outcome.line);
    for (const { verdict, message } of outcome.faults.slice(0, 5)) console.log(`  ${verdict}: ${message}`);
  }
  const minutes = (performance.now() - began) / 60_000;
  const played = seed - first;
  console.log(`${played} histories, ${Math.round(played / minutes)} a minute`);
  console.log(runLine(`${first}..${seed - 1}`, Object.fromEntries(counts), faults));
  return faults.length > 0 ? 1 : 0;
}

async function mutate(name: string): Promise<number> {
  const mutation: Mutation | undefined = MUTATIONS[name];
  if (mutation === undefined)
    throw new Error(`There is no such mutation. There are:\n${Object.keys(MUTATIONS).join("\n")}`);
  const left = loadPatched(mutation.patches ?? []);
  const { playHistory } = await import("./history.ts");
  if (left().length > 0) throw new Error(`Not loaded: ${left().map(({ module }) => module)}`);
  const seen = new Map<string, number>();
  for (let seed = first; seed < first + histories; seed++) {
    const { faults } = await playHistory(seed, mutation.wiring);
    for (const { verdict } of faults) seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    if (!seen.has(mutation.verdict)) continue;
    const counts = [...seen].map(([verdict, count]) => `${verdict} ${count}`).join(", ");
    console.log(`${name}: caught as ${mutation.verdict} by SIM_SEED=${seed}, history ${seed - first + 1} (${counts})`);
    return 0;
  }
  console.log(`${name}: SURVIVED ${histories} histories (${[...seen.keys()].join(", ") || "no fault"})`);
  return 1;
}
