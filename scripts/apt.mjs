import { runCommand } from "./command.mjs";
import { findInPath, projectEnv, root } from "./runtime.mjs";

const UPDATE_LIMIT_MS = 2 * 60_000;
const INSTALL_LIMIT_MS = 6 * 60_000;

/** Whether packages of the system can be installed without asking anybody. */
export function mayUseApt() {
  return process.getuid?.() === 0 && findInPath(["apt-get"]) !== undefined;
}

/**
 * Installs packages of Debian and its kin.
 *
 * @param {string[]} packages
 * @returns {Promise<import("./command.mjs").Outcome>}
 */
export async function aptInstall(packages) {
  const wait = ["-o", "DPkg::Lock::Timeout=60"];
  await aptGet([...wait, "-q", "update"], UPDATE_LIMIT_MS);
  return await aptGet([...wait, "-q", "install", "-y", "--no-install-recommends", ...packages], INSTALL_LIMIT_MS);
}

function aptGet(args, limitMs) {
  // No service begins to run because it was installed: that is for the machine's owner to say.
  const env = { ...projectEnv(), DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  return runCommand("apt-get", args, { cwd: root, env, limitMs, ownGroup: true });
}
