import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { runCommand } from "./command.mjs";
import { exclusively } from "./exclusive.mjs";
import { Failure } from "./failure.mjs";
import { excerpt, progress } from "./progress.mjs";
import { commandFile, projectEnv, projectNode, root } from "./runtime.mjs";

const INPUTS = [
  "apps/web",
  "packages/client/src",
  "packages/client/package.json",
  "packages/protocol/src",
  "packages/protocol/package.json",
  "package-lock.json",
  "tsconfig.base.json",
];
const NOT_INPUTS = new Set(["node_modules", "dist", ".turbo"]);
const STAMP = join(root, "apps", "web", "dist", ".inputs");
const LIMIT_MS = 3 * 60_000;

/**
 * Builds apps/web/dist if its sources changed since it was built.
 *
 * @throws {Failure}
 */
export async function ensureWebBuilt() {
  if (webIsBuilt()) {
    return;
  }
  await exclusively(async () => {
    if (webIsBuilt()) {
      return;
    }
    await progress("Building the interface", async () => {
      const { code, timedOut, output } = await buildWeb();
      if (code !== 0) {
        const reason = timedOut ? "it took too long" : `vite exited with ${code}`;
        throw new Failure(`${excerpt(output)}\n\nThe interface could not be built: ${reason}.`);
      }
    });
  });
}

/**
 * Builds apps/web/dist. To be called by one process at a time; a failed build counts as none.
 *
 * @param {{echo?: boolean}} [options]
 * @returns {Promise<import("./command.mjs").Outcome>}
 */
export async function buildWeb({ echo = false } = {}) {
  const inputs = hashInputs();
  rmSync(STAMP, { force: true });
  const outcome = await runCommand(projectNode(), [commandFile("vite"), "build", "apps/web"], {
    cwd: root,
    env: { ...projectEnv(), NODE_ENV: "production", NO_COLOR: "1" },
    limitMs: LIMIT_MS,
    echo,
  });
  if (outcome.code === 0) {
    writeFileSync(STAMP, inputs);
  }
  return outcome;
}

/** Whether apps/web/dist was built from the sources as they are. */
export function webIsBuilt() {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === hashInputs();
}

function hashInputs() {
  const hash = createHash("sha256");
  for (const file of INPUTS.flatMap((input) => filesOf(join(root, input)))) {
    hash.update(`${relative(root, file).split(sep).join("/")}\0`);
    hash.update(createHash("sha256").update(readFileSync(file)).digest());
  }
  return hash.digest("hex");
}

function filesOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    return [];
  }
  if (!stats.isDirectory()) {
    return [path];
  }
  const names = readdirSync(path).filter((name) => !NOT_INPUTS.has(name));
  return names.sort().flatMap((name) => filesOf(join(path, name)));
}
