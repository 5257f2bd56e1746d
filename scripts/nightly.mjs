// `npm run nightly [-- part… --simulation minutes --soak minutes]`: what takes too long for `npm test`, within an hour
// on two cores. Ends with the line `N passed, N failed`, and with 1 where anything failed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand, stopCommandsWithUs } from "./command.mjs";
import { countPhase } from "./count.mjs";
import { Failure, main } from "./failure.mjs";
import { ensureInstalled } from "./install.mjs";
import { seconds } from "./progress.mjs";
import { commandFile, projectEnv, projectNode, root } from "./runtime.mjs";

const MINUTE_MS = 60_000;

await main(async () => {
  const { simulation, soak, asked } = readArguments();
  stopCommandsWithUs();
  await ensureInstalled();
  const folder = mkdtempSync(join(tmpdir(), "millrace-nightly-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  // One file at a time: what is measured must not wait for another test.
  const vitest = (path) => ({
    report: "vitest",
    args: (file) => [
      ...[commandFile("vitest"), "run", "--project", "integration", "--no-file-parallelism", path],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
    ],
  });
  const seed = String(Math.floor(Date.now() / 1_000));
  const histories = ["e2e/simulation/main.ts", "--seed", seed, "--minutes", String(simulation)];
  /** The minutes of all parts together are an hour. */
  const parts = [
    { name: "simulation", minutes: simulation + 2, args: () => histories },
    { name: "delivery", minutes: 10, ...vitest("e2e/delivery") },
    { name: "attack", minutes: 16, ...vitest("apps/gateway/test/attack") },
    {
      name: "soak",
      minutes: soak + 4,
      ...vitest("e2e/delivery/chaos"),
      env: { MILLRACE_SOAK_MINUTES: String(soak) },
    },
  ];
  const unknown = asked.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) {
    throw new Failure(`There is no part "${unknown}". There are: ${parts.map(({ name }) => name).join(", ")}.`);
  }
  const sum = { passed: 0, failed: 0 };
  for (const part of asked.length === 0 ? parts : parts.filter(({ name }) => asked.includes(name))) {
    const { passed, failed } = await run(part, join(folder, `${part.name}.json`));
    sum.passed += passed;
    sum.failed += failed;
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  process.exitCode = sum.failed > 0 ? 1 : 0;
});

async function run({ name, minutes, args, report, env = {} }, reportFile) {
  console.log(`== ${name}, at most ${minutes} minutes`);
  const started = Date.now();
  const outcome = await runCommand(projectNode(), args(reportFile), {
    cwd: root,
    env: { ...projectEnv(), MILLRACE_NIGHTLY: "1", NO_COLOR: "1", ...env },
    limitMs: minutes * MINUTE_MS,
    ownGroup: true,
    echo: true,
  });
  const counts = countPhase({ report }, outcome, reportFile);
  const words = `${counts.passed} passed, ${counts.failed} failed, ${seconds(Date.now() - started)}`;
  console.log(`== ${name}: ${words}${outcome.timedOut ? "; it took too long and was stopped" : ""}`);
  return counts;
}

function readArguments() {
  const options = { simulation: { type: "string", default: "10" }, soak: { type: "string", default: "18" } };
  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Failure(error.message);
  }
  const minutes = (name) => {
    const value = Number(parsed.values[name]);
    if (!(value > 0)) throw new Failure(`--${name} takes minutes.`);
    return value;
  };
  return { simulation: minutes("simulation"), soak: minutes("soak"), asked: parsed.positionals };
}
