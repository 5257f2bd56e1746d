import { existsSync, readFileSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.mjs";

/** The repository's root, without a trailing separator. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The Node release line the project runs on. */
const NODE_MAJOR = 24;

const platform = process.platform === "win32" ? "win" : process.platform;

/** The npm package that would carry this machine's Node; the root package.json names those that exist. */
const nodePackage = `node-${platform}-${process.arch}`;

/** The same package's key in the lock file when the project pins a Node for this machine, else undefined. */
export function pinnedNodeKey() {
  const pinned = readJson("package.json").optionalDependencies ?? {};
  return nodePackage in pinned ? `node_modules/${nodePackage}` : undefined;
}

/**
 * The Node that runs the project: the pinned one, or where none is pinned the one running this, if it is new enough.
 *
 * @returns {string} an absolute path
 * @throws {Failure} the machine has none that can run the project
 */
export function projectNode() {
  const key = pinnedNodeKey();
  if (key !== undefined) {
    return join(root, key, "bin", process.platform === "win32" ? "node.exe" : "node");
  }
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
    throw new Failure(
      `Millrace needs Node ${NODE_MAJOR} or newer and brings none for ${platform}-${process.arch}; this is Node ${process.versions.node}. Install a newer one from https://nodejs.org and try again.`,
    );
  }
  return process.execPath;
}

/**
 * The file behind a package's command, to be run by `projectNode()`.
 *
 * @param {string} packageName an installed package
 * @param {string} [command] one of its commands; without it, its only one
 */
export function commandFile(packageName, command) {
  const folder = join("node_modules", ...packageName.split("/"));
  const { bin } = readJson(join(folder, "package.json"));
  return join(root, folder, typeof bin === "string" ? bin : bin[command ?? packageName]);
}

/** Our environment with the project's commands first in PATH. */
export function projectEnv() {
  const own = join(root, "node_modules", ".bin");
  return { ...process.env, PATH: [own, ...systemPath()].join(delimiter) };
}

/** Our environment without any project's commands in PATH: what the person's own shell has. */
export function systemEnv() {
  return { ...process.env, PATH: systemPath().join(delimiter) };
}

/** A JSON file of the repository. */
export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** The first of `names` that is a file in a folder of PATH, else undefined. */
export function findInPath(names) {
  const candidates = names.flatMap((name) => systemPath().map((folder) => join(folder, name)));
  return candidates.find((candidate) => existsSync(candidate));
}

function systemPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((folder) => folder !== "" && !folder.endsWith(`node_modules${sep}.bin`));
}
