// Exits 0 when the browser tests have a Chromium that starts: some systems put a script there that asks for a snap.
import { spawnSync } from "node:child_process";
import { chromiumPath } from "./chromium.mjs";

const path = chromiumPath();
const started = path !== undefined && spawnSync(path, ["--version"], { stdio: "ignore", timeout: 15_000 }).status === 0;
process.exitCode = started ? 0 : 1;
