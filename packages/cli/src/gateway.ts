import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommandFailure } from "./failure.ts";

/** Runs the gateway of the checkout that this file belongs to, in this process: its signals and its output are the gateway's. */
export async function startGateway(): Promise<number> {
  const main = new URL("../../../apps/gateway/src/start.js", import.meta.url);
  if (!existsSync(fileURLToPath(main))) {
    throw new CommandFailure(
      "the gateway is not part of this package: clone the repository and run `npm start` there. `millrace help` says what works here",
    );
  }
  await import(main.href);
  return Number(process.exitCode ?? 0);
}
