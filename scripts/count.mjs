import { existsSync, readFileSync } from "node:fs";

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed never 0 for a phase that failed
 * @property {number} skipped
 * @property {number} [again] of those that passed: only when they were tried again
 */

/**
 * What a phase counts for: a phase that runs tests counts each, any other is one check. A test phase that
 * fails without a failing test (a timeout, a crash, a file that does not load), or passes without a
 * passing one, counts one failure.
 *
 * @param {import("./phases.mjs").Phase} phase
 * @param {import("./command.mjs").Outcome} outcome
 * @param {string} reportFile
 * @returns {Counts}
 */
export function countPhase({ report }, { code }, reportFile) {
  if (report === undefined) {
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  }
  const written = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : undefined;
  const counts = written === undefined ? { passed: 0, failed: 0, skipped: 0 } : readers[report](written);
  const odd = counts.failed === 0 && (code !== 0 || counts.passed === 0);
  return odd ? { ...counts, failed: 1 } : counts;
}

const readers = {
  vitest: ({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) => ({
    passed: numPassedTests,
    failed: numFailedTests + testResults.filter(failedToLoad).length,
    skipped: numPendingTests + numTodoTests,
  }),
  playwright: ({ stats, errors }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
    again: stats.flaky,
  }),
};

function failedToLoad({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((result) => result.status === "failed");
}
