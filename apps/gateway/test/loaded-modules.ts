import { mkdtempSync, rmSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts a gateway without any configuration, ends it, and prints every module that was loaded. */
const loaded = new Set<string>();
registerHooks({
  load: (url, context, next) => {
    loaded.add(url);
    return next(url, context);
  },
});
const { readSettings, startGateway } = await import("../src/index.ts");
const folder = mkdtempSync(join(tmpdir(), "millrace-loaded-"));
const gateway = await startGateway(readSettings({ PORT: "0", MILLRACE_DATA_DIR: folder, LOG_LEVEL: "silent" }, folder));
await gateway.close();
rmSync(folder, { recursive: true });
process.stdout.write(`${[...loaded].join("\n")}\n`);
process.exit(0);
