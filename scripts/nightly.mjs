// `npm run nightly [-- --histories n] [--soak minutes]`: what takes too long for `npm test`. Exits with 1 where a part fails.
import { parseArgs } from "node:util";
import { runCommand, stopCommandsWithUs } from "./command.mjs";
import { main } from "./failure.mjs";
import { ensureInstalled } from "./install.mjs";
import { commandFile, projectEnv, projectNode, root } from "./runtime.mjs";

const MINUTE_MS = 60_000;

await main(async () => {
  const { values } = parseArgs({
    options: { histories: { type: "string", default: "20000" }, soak: { type: "string", default: "30" } },
  });
  const soak = Number(values.soak);
  stopCommandsWithUs();
  await ensureInstalled();
  const vitest = (path) => [commandFile("vitest"), "run", "--project", "integration", path];
  const seed = String(Math.floor(Date.now() / 1_000));
  const parts = [
    ["simulation", 120, ["e2e/simulation/main.ts", "--seed", seed, "--histories", values.histories]],
    ["delivery", 30, vitest("e2e/delivery")],
    ["attack", 20, vitest("apps/gateway/test/attack")],
    ["soak", soak + 10, vitest("e2e/delivery/chaos"), { MILLRACE_SOAK_MINUTES: String(soak) }],
  ];
  let failed = 0;
  for (const [name, minutes, args, env = {}] of parts) {
    console.log(`== ${name}`);
    const { code, timedOut } = await runCommand(projectNode(), args, {
      cwd: root,
      env: { ...projectEnv(), MILLRACE_NIGHTLY: "1", NO_COLOR: "1", ...env },
      limitMs: minutes * MINUTE_MS,
      ownGroup: true,
      echo: true,
    });
    console.log(`== ${name}: ${timedOut ? "took too long" : code === 0 ? "ok" : "FAILED"}`);
    if (code !== 0) failed += 1;
  }
  process.exitCode = failed > 0 ? 1 : 0;
});
