// `npm start`: installs what is missing, builds the interface if it changed, and serves everything on one port.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureWebBuilt } from "./build-web.mjs";
import { exitCodeOf, stopCommandsWithUs } from "./command.mjs";
import { main } from "./failure.mjs";
import { forwardSignals } from "./forward-signals.mjs";
import { ensureInstalled } from "./install.mjs";
import { projectEnv, projectNode, root } from "./runtime.mjs";

await main(async () => {
  const withdraw = stopCommandsWithUs();
  await ensureInstalled();
  await ensureWebBuilt();
  withdraw();
  serve();
});

function serve() {
  const gateway = spawn(projectNode(), [join("apps", "gateway", "src", "start.js"), ...process.argv.slice(2)], {
    cwd: root,
    env: projectEnv(),
    stdio: "inherit",
  });
  forwardSignals(gateway);
  gateway.on("error", (error) => {
    console.error(`The gateway could not be started: ${error.message}`);
    process.exit(1);
  });
  gateway.on("exit", (code, signal) => process.exit(code ?? exitCodeOf(signal)));
}
