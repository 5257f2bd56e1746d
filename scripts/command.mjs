import { spawn } from "node:child_process";
import { constants } from "node:os";

const KEPT_CHARACTERS = 256 * 1024;
const GRACE_MS = 3_000;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"];
const windows = process.platform === "win32";

/** @type {Map<import("node:child_process").ChildProcess, boolean>} running children, and whether each leads a group */
const running = new Map();
let stopping = false;

/**
 * @typedef {object} Outcome
 * @property {number} code the exit code; 128 + n after signal n, 127 when it could not be started, never 0 when stopped
 * @property {boolean} timedOut it was stopped because its time was over
 * @property {string} output stdout and stderr together, at most their last 256 Ki characters
 */

/**
 * Runs a command to its end without stdin, and never rejects. With `ownGroup` everything it started
 * in its process group ends with it; without, it stays in ours and dies with us.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv, limitMs: number, silenceMs?: number, ownGroup?: boolean, echo?: boolean}} options
 *   `limitMs` bounds the whole, `silenceMs` the time without any output; `echo` copies the output to ours as it comes
 * @returns {Promise<Outcome>}
 */
export function runCommand(command, args, { cwd, env, limitMs, silenceMs, ownGroup = false, echo = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      detached: ownGroup && !windows,
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.set(child, ownGroup);
    let output = "";
    let timedOut = false;
    const stop = () => {
      timedOut = true;
      kill(child, "SIGTERM");
      setTimeout(() => kill(child, "SIGKILL"), GRACE_MS).unref();
    };
    const limit = setTimeout(stop, limitMs);
    const silence = silenceMs === undefined ? undefined : setTimeout(stop, silenceMs);
    const keep = (text) => {
      silence?.refresh();
      output = (output + text).slice(-KEPT_CHARACTERS);
      if (echo) {
        process.stdout.write(text);
      }
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);

    const finish = (code) => {
      clearTimeout(limit);
      clearTimeout(silence);
      kill(child, "SIGKILL");
      running.delete(child);
      child.stdout.destroy();
      child.stderr.destroy();
      if (!stopping) {
        resolve({ code: timedOut ? code || 124 : code, timedOut, output });
      }
    };
    child.on("error", (error) => {
      keep(`${error.message}\n`);
      finish(127);
    });
    // A grandchild may hold the pipes open after the command's own end: the rest of the output gets a moment, no more.
    child.on("exit", (code, signal) => {
      const ended = code ?? exitCodeOf(signal);
      const drained = setTimeout(() => finish(ended), 500);
      child.on("close", () => {
        clearTimeout(drained);
        finish(ended);
      });
    });
  });
}

/** What a shell would report for a process that ended by `signal`. */
export function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 1);
}

/**
 * From now on, a signal that ends us ends the running commands first, and nobody hears of their end any more.
 *
 * @returns {() => void} undoes it
 */
export function stopCommandsWithUs() {
  const onExit = () => {
    for (const child of running.keys()) {
      kill(child, "SIGKILL");
    }
  };
  const onSignal = (signal) => {
    stopping = true;
    console.log("stopped");
    for (const child of running.keys()) {
      kill(child, "SIGTERM");
    }
    setTimeout(() => process.exit(exitCodeOf(signal)), running.size > 0 ? 500 : 0);
  };
  process.on("exit", onExit);
  for (const signal of ENDING) {
    process.on(signal, onSignal);
  }
  return () => {
    process.off("exit", onExit);
    for (const signal of ENDING) {
      process.off(signal, onSignal);
    }
  };
}

function kill(child, signal) {
  if (child.pid === undefined) {
    return;
  }
  try {
    if (windows && running.get(child)) {
      spawn("taskkill", ["/pid", String(child.pid), "/t", "/f"], { stdio: "ignore" }).on("error", () => {});
    } else if (running.get(child)) {
      process.kill(-child.pid, signal);
    } else {
      child.kill(signal);
    }
  } catch {
    // Nothing of it is left.
  }
}
