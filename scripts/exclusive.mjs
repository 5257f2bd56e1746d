import { mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "./failure.mjs";
import { root } from "./runtime.mjs";

// Folders only: they are made and removed atomically, and git does not see empty ones.
const lock = join(root, ".preparing");
const POLL_MS = 250;
const NAMELESS_MS = 10_000;
const WAIT_LIMIT_MS = 15 * 60_000;

/**
 * Runs `work` while no other process of this checkout does; a lock whose owner died is taken over.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {Failure} the other one did not finish within 15 minutes
 */
export async function exclusively(work) {
  const mine = join(lock, String(process.pid));
  const started = Date.now();
  let told = false;
  while (!make(lock)) {
    const [owner] = list(lock);
    if (abandoned(owner)) {
      remove(join(lock, owner ?? ""));
      remove(lock);
      continue;
    }
    if (!told) {
      console.log(`Waiting for another npm start or npm test in this folder${owner ? ` (process ${owner})` : ""}.`);
      told = true;
    }
    if (Date.now() - started > WAIT_LIMIT_MS) {
      throw new Failure(`Process ${owner} is still preparing this folder. If it is not, remove ${lock} and try again.`);
    }
    await delay(POLL_MS);
  }
  make(mine);
  const release = () => {
    remove(mine);
    remove(lock);
  };
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function abandoned(owner) {
  if (owner === undefined) {
    return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > NAMELESS_MS;
  }
  try {
    process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function make(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function remove(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Another process removed it, or owns it by now.
  }
}
