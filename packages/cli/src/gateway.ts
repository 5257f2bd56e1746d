import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CommandFailure } from "./failure.ts";

/** What starts the gateway of the checkout that this file belongs to. @throws CommandFailure where there is none */
export function gatewayFile(): string {
  const main = fileURLToPath(new URL("../../../apps/gateway/src/start.js", import.meta.url));
  if (!existsSync(main)) {
    throw new CommandFailure(
      "the gateway is not part of this package: clone the repository and run `npm start` there. `millrace help` says what works here",
    );
  }
  return main;
}

/** Runs it in this process: its signals and its output are the gateway's. */
export async function startGateway(): Promise<number> {
  await import(pathToFileURL(gatewayFile()).href);
  return Number(process.exitCode ?? 0);
}
