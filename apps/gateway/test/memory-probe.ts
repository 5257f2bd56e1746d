import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Loaded before a gateway: at each SIGUSR2 it collects all garbage and writes a line about the bytes that are left. */
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (how: object) => void;
process.on("SIGUSR2", () => {
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  // What waits to be written to a socket is a buffer, but not external memory.
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  process.stderr.write(`memory-probe ${heapUsed + Math.max(external, arrayBuffers)} ${rss}\n`);
});
