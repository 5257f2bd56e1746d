import { stripVTControlCharacters } from "node:util";

const SHOWN_LINES = 15;

/**
 * Shows a line while `work` runs and how long it took at its end: `Building the interface … 4 s`.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @param {(result: T) => string} [verdict] a word to put before the time
 * @returns {Promise<T>}
 */
export async function progress(label, work, verdict = () => "") {
  const started = Date.now();
  process.stdout.write(`${label} … `);
  try {
    const result = await work();
    process.stdout.write(`${[verdict(result), seconds(Date.now() - started)].filter(Boolean).join(" ")}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`failed ${seconds(Date.now() - started)}\n`);
    throw error;
  }
}

/** Milliseconds as whole seconds: `31 s`. */
export function seconds(milliseconds) {
  return `${Math.round(milliseconds / 1000)} s`;
}

/** A command's output without colours and empty lines, and without its middle where it is longer than a screen. */
export function excerpt(output) {
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .filter((line) => line.trim() !== "" && line !== "npm error");
  const short = lines.length <= 2 * SHOWN_LINES;
  return (short ? lines : [...lines.slice(0, SHOWN_LINES), "…", ...lines.slice(-SHOWN_LINES)]).join("\n");
}
