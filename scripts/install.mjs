import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { runCommand } from "./command.mjs";
import { exclusively } from "./exclusive.mjs";
import { Failure } from "./failure.mjs";
import { excerpt, progress } from "./progress.mjs";
import { findInPath, pinnedNodeKey, projectNode, readJson, root, systemEnv } from "./runtime.mjs";

const LOCK = "package-lock.json";
const RECORD = "node_modules/.package-lock.json";
const LIMIT_MS = 15 * 60_000;

/**
 * Makes node_modules what package-lock.json says, and makes sure that there is a Node to run the project.
 *
 * @throws {Failure}
 */
export async function ensureInstalled() {
  const node = projectNode();
  if (!installed()) {
    await exclusively(async () => {
      if (!installed()) {
        await progress("Installing dependencies", install);
        await checkNode(node);
      }
    });
  }
}

/** Whether npm's own record of what it installed agrees with the lock file. */
function installed() {
  const wanted = readJson(LOCK).packages;
  const present = existsSync(join(root, RECORD)) ? readJson(RECORD).packages : {};
  const same = ([key, { version, integrity }]) =>
    key in wanted && wanted[key].version === version && wanted[key].integrity === integrity;
  return Object.entries(present).every(same) && leftOut().length === 0;
}

/** The packages of the lock file that this machine needs and does not have. */
function leftOut() {
  const { "": _root, ...wanted } = readJson(LOCK).packages;
  const present = existsSync(join(root, RECORD)) ? readJson(RECORD).packages : {};
  const needed = Object.entries(wanted).filter(([, entry]) => entry.optional !== true || isForThisMachine(entry));
  return needed.map(([key]) => key).filter((key) => !(key in present));
}

/** An optional package that names no system is needed by other systems' packages only. */
function isForThisMachine({ os, cpu, libc }) {
  const suits = (allowed, own) => allowed === undefined || [allowed].flat().includes(own);
  return os !== undefined && suits(os, process.platform) && suits(cpu, process.arch) && suits(libc, ownLibc());
}

function ownLibc() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

/**
 * Runs npm outside the folder that it replaces: first on the system's Node, and once more on a copy of
 * the project's if an old system Node made npm leave out optional packages, which it does without a word.
 */
async function install() {
  const own = process.platform === "win32" ? "node.exe" : "node";
  await runNpm(findInPath([own]) ?? process.execPath);
  if (leftOut().length > 0 && pinnedNodeKey() !== undefined && existsSync(projectNode())) {
    const folder = mkdtempSync(join(tmpdir(), "millrace-node-"));
    try {
      copyFileSync(projectNode(), join(folder, own));
      await runNpm(join(folder, own));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function runNpm(node) {
  const flags = ["--include=dev", "--include=optional", "--loglevel=error", "--no-audit", "--no-fund", "--no-progress"];
  const { npm_execpath: npmFile } = process.env;
  const isNpm = npmFile !== undefined && basename(npmFile) === "npm-cli.js";
  const [command, ...args] = [...(isNpm ? [node, npmFile] : ["npm"]), "ci", ...flags];
  const system = systemEnv();
  const env = { ...system, PATH: [dirname(node), system.PATH].join(delimiter), npm_config_update_notifier: "false" };
  const { code, timedOut, output } = await runCommand(command, args, { cwd: root, env, limitMs: LIMIT_MS });
  if (code !== 0) {
    const reason = timedOut ? "it took more than 15 minutes" : `npm ci exited with ${code}`;
    throw new Failure(`${excerpt(output)}\n\nThe dependencies could not be installed: ${reason}.`);
  }
}

/** npm leaves out an optional package that it cannot fetch, and succeeds. */
async function checkNode(node) {
  if (!existsSync(node)) {
    throw new Failure(
      `npm left out ${basename(pinnedNodeKey())}, the Node that Millrace runs on: its download failed. Try again.`,
    );
  }
  const options = { cwd: root, env: systemEnv(), limitMs: 30_000 };
  const { code, output } = await runCommand(node, ["--version"], options);
  if (code !== 0) {
    const needs = process.platform === "linux" ? " It needs a Linux with glibc." : "";
    throw new Failure(`${excerpt(output)}\n\nThe Node that Millrace brings does not run on this machine.${needs}`);
  }
}
