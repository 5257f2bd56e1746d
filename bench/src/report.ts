import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Row } from "./measures/measure.ts";
import { placement } from "./processes/child.ts";

const README = new URL("../README.md", import.meta.url);
const BEGIN = "<!-- results -->";
const END = "<!-- /results -->";

/** The result as a Markdown table, with what the numbers depend on above it. */
export function report(rows: readonly Row[], date: Date): string {
  const head = `${date.toISOString().slice(0, 10)}, ${availableParallelism()} cores, ${process.platform}, Node ${process.versions.node}; ${placement}.`;
  const lines = rows.map(line);
  const titles = [
    "| | relay | naive | Millrace | ÷ relay | ÷ naive | goal |",
    "| --- | --: | --: | --: | --: | --: | --- |",
  ];
  const warning = isDisturbed(rows)
    ? ["", "**The machine was busy with something else: do not believe the latencies.**"]
    : [];
  return [head, ...warning, "", ...titles, ...lines].join("\n");
}

export function isDisturbed(rows: readonly Row[]): boolean {
  return rows.some(({ disturbed }) => disturbed === true);
}

function line({ what, unit, values, ratios = false, goal }: Row): string {
  const { relay, naive, millrace } = values;
  const cells = [
    `${what} (${unit})`,
    shown(relay),
    shown(naive),
    `**${shown(millrace)}**`,
    ratios ? shown(millrace / relay) : "",
    ratios ? shown(millrace / naive) : "",
    goal === undefined ? "" : `${goal.text}: ${goal.met ? "met" : "**missed**"}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Nothing where a server does not have the quantity. */
function shown(value: number): string {
  if (Number.isNaN(value)) return "";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Puts the result into the README, in place of the one before. */
export function writeReadme(result: string): void {
  const text = readFileSync(README, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("The README has no place for the result.");
  writeFileSync(README, `${text.slice(0, begin)}${BEGIN}\n\n${result}\n\n${text.slice(end)}`);
}
