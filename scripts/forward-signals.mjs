import { spawn } from "node:child_process";

const DECISION_MS = 100;
const ORPHAN_POLL_MS = 500;

/**
 * Passes what ends us on to a child of our process group, each signal once.
 *
 * A terminal's Ctrl-C and `kill -- -group` reach the child without us, while `kill pid` and npm, which
 * passes on what it gets, reach only us; the child counts signals, so it must not see one twice. A
 * second child that does nothing tells the two apart: it dies only of a signal that the whole group got.
 *
 * A SIGTERM to npm ends at the shell that npm runs scripts in, which dies without a word: losing that
 * parent is a SIGTERM too.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
export function forwardSignals(child) {
  if (process.platform === "win32") {
    // The console tells every process of it, and there is nothing else to pass on.
    process.on("SIGINT", () => {});
    return;
  }
  let witness = callWitness();
  let deciding = false;
  let signalled = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      signalled = true;
      if (deciding) {
        return;
      }
      deciding = true;
      setTimeout(() => {
        deciding = false;
        if (witness.exitCode === null && witness.signalCode === null) {
          child.kill(signal);
        } else {
          witness = callWitness();
        }
      }, DECISION_MS);
    });
  }
  if ("npm_lifecycle_event" in process.env) {
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid !== parent) {
        clearInterval(watch);
        if (!signalled) {
          child.kill("SIGTERM");
        }
      }
    }, ORPHAN_POLL_MS);
  }
}

/** `cat` ends with us, whatever ends us: its stdin is a pipe of ours. */
function callWitness() {
  const witness = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
  witness.on("error", () => {});
  witness.stdin.on("error", () => {});
  return witness;
}
