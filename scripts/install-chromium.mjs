import { aptInstall, mayUseApt } from "./apt.mjs";
import { runCommand } from "./command.mjs";
import { excerpt, progress } from "./progress.mjs";
import { commandFile, projectEnv, projectNode, root } from "./runtime.mjs";

const CHECK_LIMIT_MS = 20_000;
const FIRST_BYTES_MS = 30_000;
const DOWNLOAD_LIMIT_MS = 10 * 60_000;

const HOW = `The browser tests need a Chromium. Install one of these and try again:
  npx playwright install chromium                  downloads Playwright's own
  sudo apt-get install chromium fonts-noto-cjk     Debian's`;

/**
 * Makes sure that the browser tests have a Chromium: Playwright's own, the system's, or one installed now
 * (by apt where that is allowed, else by Playwright's download).
 *
 * @returns {Promise<string | undefined>} undefined when there is one, else what was tried and what to do
 */
export async function ensureChromium() {
  if (await hasChromium()) {
    return undefined;
  }
  const tried = [];
  await progress(
    "Installing Chromium",
    async () => {
      for (const attempt of [installByApt, installByPlaywright]) {
        const failure = await attempt();
        if (await hasChromium()) {
          tried.length = 0;
          return;
        }
        tried.push(failure);
      }
    },
    () => (tried.length > 0 ? "failed" : ""),
  );
  return tried.length > 0 ? [...tried.filter(Boolean), HOW].join("\n\n") : undefined;
}

/** Asked of the project's Node: Playwright does not load on an older one. */
async function hasChromium() {
  return (await run(projectNode(), ["scripts/check-chromium.mjs"], CHECK_LIMIT_MS)).code === 0;
}

async function installByApt() {
  if (!mayUseApt()) {
    return undefined;
  }
  return report("apt-get install", await aptInstall(["chromium", "fonts-noto-cjk"]));
}

async function installByPlaywright() {
  const args = [commandFile("@playwright/test", "playwright"), "install", "--no-shell", "chromium"];
  if (mayUseApt()) {
    args.push("--with-deps");
  }
  const outcome = await run(projectNode(), args, DOWNLOAD_LIMIT_MS, {
    silenceMs: FIRST_BYTES_MS,
    env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "5000" },
  });
  return report("playwright install", outcome);
}

function run(command, args, limitMs, { silenceMs, env } = {}) {
  return runCommand(command, args, {
    cwd: root,
    env: { ...projectEnv(), ...env },
    limitMs,
    silenceMs,
    ownGroup: true,
  });
}

function report(name, { code, timedOut, output }) {
  return `${excerpt(output)}\n${name} ${timedOut ? "did not finish in time" : `exited with ${code}`}.`;
}
