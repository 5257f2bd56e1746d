// `npm test [-- phase… | --list] [--verbose]`: installs what is missing, runs the phases, and counts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { stopCommandsWithUs } from "./command.mjs";
import { countPhase } from "./count.mjs";
import { Failure, main } from "./failure.mjs";
import { ensureInstalled } from "./install.mjs";
import { phases, prepareFor } from "./phases.mjs";
import { progress, seconds } from "./progress.mjs";

await main(async () => {
  const { selected, list, verbose } = readArguments();
  if (list) {
    console.log(phases.map(({ name }) => name).join("\n"));
    return;
  }
  stopCommandsWithUs();
  try {
    await ensureInstalled();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    close([{ passed: 0, failed: 1 }]);
    return;
  }
  const chromiumFailure = await prepareFor(selected);
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const results = [];
  for (const phase of selected) {
    const context = { echo: verbose, reportFile: join(folder, `${phase.name}.json`), chromiumFailure };
    results.push(await runPhase(phase, context));
  }
  printTable(results);
  close(results);
});

async function runPhase(phase, context) {
  const started = Date.now();
  let outcome;
  if (context.echo) {
    console.log(`${phase.name} …`);
  }
  const counts = await progress(
    phase.name,
    async () => {
      outcome = await phase.run(context);
      return countPhase(phase, outcome, context.reportFile);
    },
    ({ passed, failed }) => {
      const tests = phase.report === undefined ? "" : ` (${passed} passed, ${failed} failed)`;
      return `${failed > 0 ? "FAILED" : "ok"}${tests}`;
    },
  );
  if (counts.failed > 0 && !context.echo) {
    console.log(stripVTControlCharacters(outcome.output).trimEnd());
  }
  if (outcome.timedOut) {
    console.log(`${phase.name} took too long and was stopped.`);
  }
  return { name: phase.name, ...counts, time: seconds(Date.now() - started) };
}

function printTable(results) {
  const rows = [
    ["phase", "passed", "failed", "skipped", "again", "time"],
    ...results.map(({ name, passed, failed, skipped, again = 0, time }) => [
      name,
      passed,
      failed,
      skipped,
      again,
      time,
    ]),
  ];
  console.log("");
  for (const [name, ...cells] of rows) {
    console.log(name.padEnd(12) + cells.map((cell) => String(cell).padStart(9)).join(""));
  }
  console.log("");
}

/** Ends with the line that others read, and the exit code that goes with it. */
function close(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 ? 1 : 0;
}

function readArguments() {
  const names = phases.map(({ name }) => name);
  let parsed;
  try {
    const options = { list: { type: "boolean", default: false }, verbose: { type: "boolean", default: false } };
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Failure(error.message);
  }
  const asked = parsed.positionals;
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Failure(`There is no phase "${unknown}". There are: ${names.join(", ")}.`);
  }
  const wanted = new Set(asked.flatMap((name) => [name, ...(phases.find((phase) => phase.name === name).needs ?? [])]));
  const selected = asked.length === 0 ? phases : phases.filter(({ name }) => wanted.has(name));
  return { selected, ...parsed.values };
}
