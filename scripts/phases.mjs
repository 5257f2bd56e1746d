import { buildWeb, webIsBuilt } from "./build-web.mjs";
import { runCommand } from "./command.mjs";
import { exclusively } from "./exclusive.mjs";
import { ensureChromium } from "./install-chromium.mjs";
import { ensurePrograms } from "./install-programs.mjs";
import { commandFile, projectEnv, projectNode, root } from "./runtime.mjs";

const MINUTE_MS = 60_000;
const OK = { code: 0, timedOut: false, output: "" };

/**
 * @typedef {object} Context
 * @property {boolean} echo show the output as it comes
 * @property {string} reportFile where a phase that runs tests leaves its JSON report
 * @property {string | undefined} chromiumFailure why there is no browser
 *
 * @typedef {object} Phase
 * @property {string} name
 * @property {"vitest" | "playwright"} [report] whose report it leaves; a phase without one is a single check
 * @property {string[]} [needs] phases that run before it even when only this one was asked for
 * @property {(context: Context) => Promise<import("./command.mjs").Outcome>} run
 */

/** @type {Phase[]} in the order in which they run */
export const phases = [
  {
    name: "build",
    run: async ({ echo }) => (webIsBuilt() ? OK : exclusively(() => buildWeb({ echo }))),
  },
  {
    name: "lint",
    run: async (context) =>
      both(
        await node(context, 2, [commandFile("@biomejs/biome", "biome"), "check", "."]),
        await node(context, 1, ["packages/protocol/scripts/check-spec.ts"]),
      ),
  },
  {
    name: "types",
    run: (context) =>
      node(context, 5, [
        commandFile("turbo"),
        ...["run", "types", "--continue", "--ui=stream", "--output-logs=errors-only", "--concurrency=2"],
      ]),
  },
  { name: "lock", run: (context) => node(context, 1, ["scripts/check-lock.mjs"]) },
  { name: "knip", run: (context) => node(context, 3, [commandFile("knip", "knip"), "--no-progress"]) },
  // It fails on dead links.
  { name: "docs", run: (context) => node(context, 2, [commandFile("vitepress"), "build", "docs"]) },
  { name: "unit", report: "vitest", run: (context) => vitest(context, 5, "unit") },
  { name: "integration", report: "vitest", needs: ["build"], run: (context) => vitest(context, 15, "integration") },
  {
    name: "browser",
    report: "playwright",
    needs: ["build"],
    run: async (context) => {
      if (context.chromiumFailure !== undefined) {
        return { code: 1, timedOut: false, output: `${context.chromiumFailure}\n` };
      }
      // Playwright sets FORCE_COLOR for its workers, and Node complains of both.
      const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: context.reportFile, NO_COLOR: undefined };
      return await node(context, 20, [commandFile("@playwright/test", "playwright"), "test"], env);
    },
  },
];

/** Installs what `selected` needs beyond the dependencies; returns why there is no browser, if there is none. */
export async function prepareFor(selected) {
  const names = selected.map(({ name }) => name);
  if (names.includes("integration") || names.includes("browser")) await ensurePrograms();
  return names.includes("browser") ? await ensureChromium() : undefined;
}

function vitest(context, minutes, project) {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${context.reportFile}`];
  return node(context, minutes, [commandFile("vitest"), "run", "--project", project, ...reporters]);
}

function node({ echo }, minutes, args, env = {}) {
  return runCommand(projectNode(), args, {
    cwd: root,
    env: { ...projectEnv(), TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1", ...env },
    limitMs: minutes * MINUTE_MS,
    ownGroup: true,
    echo,
  });
}

function both(first, second) {
  return {
    code: first.code || second.code,
    timedOut: first.timedOut || second.timedOut,
    output: first.output + second.output,
  };
}
