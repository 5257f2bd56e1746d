import { aptInstall, mayUseApt } from "./apt.mjs";
import { progress } from "./progress.mjs";
import { findInPath } from "./runtime.mjs";

/**
 * Programs that the agent's tools use where they are there, and the proxy whose example is tested, by the Debian package
 * that brings each.
 */
const PROGRAMS = { bubblewrap: "bwrap", ripgrep: "rg", nginx: "nginx" };

/** Installs them where that is allowed. The tests that need one which is not there are skipped with its name. */
export async function ensurePrograms() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (mayUseApt()) {
    await progress(
      `Installing ${missing.join(" and ")}`,
      () => aptInstall(missing),
      () => (missingPackages().length > 0 ? "failed" : ""),
    );
  }
  const left = missingPackages();
  if (left.length > 0) {
    console.log(`Tests that need ${left.join(" or ")} are skipped. On Debian: sudo apt-get install ${left.join(" ")}`);
  }
}

function missingPackages() {
  return Object.entries(PROGRAMS).flatMap(([name, program]) => (findInPath([program]) === undefined ? [name] : []));
}
