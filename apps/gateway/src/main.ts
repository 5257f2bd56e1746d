import { resolve } from "node:path";
import { StoreError } from "@millrace/store";
import { loadConfig } from "./config/load-config.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { readSettings } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

const root = resolve(import.meta.dirname, "../../..");

try {
  process.loadEnvFile(resolve(root, ".env"));
} catch {
  // No .env file: the environment alone decides.
}

try {
  const gateway = await startGateway(readSettings(process.env, root, await loadConfig(process.env, root)));
  // A tool of the operator's may leave a promise to itself: its failure must not end everybody's runs.
  process.on("unhandledRejection", (error) => gateway.strayed(error));
  process.on("SIGUSR2", () => void backUp(gateway));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => void gateway.close().then(() => process.exit(0)));
  }
  process.stdout.write(`listening on ${gateway.url}\n`);
  process.stderr.write(`model: ${gateway.models}\n`);
} catch (error) {
  process.stderr.write(`${startFailure(error)}\n`);
  process.exitCode = 1;
}

/** One line that says where it lies, or why it does not. */
async function backUp(gateway: Gateway): Promise<void> {
  try {
    process.stderr.write(`backup: ${await gateway.backup()}\n`);
  } catch (error) {
    process.stderr.write(`backup failed: ${error instanceof Error ? error.message : "unknown error"}\n`);
  }
}

/** One line that says what the operator can do. */
function startFailure(error: unknown): string {
  if (error instanceof StoreError && error.code === "damaged")
    return `millrace: ${error.message} Restore a backup, or go on with what is left by "npm run restore".`;
  if (error instanceof SettingsError || error instanceof StoreError) return `millrace: ${error.message}`;
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE") return "millrace: the port is in use; set PORT to another one (0: any free port).";
  if (code === "EACCES") return "millrace: this port or folder may not be used; set PORT or MILLRACE_DATA_DIR.";
  return `millrace: could not start (${error instanceof Error ? error.message : "unknown error"}).`;
}
