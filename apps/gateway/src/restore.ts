import { resolve } from "node:path";
import { renewEpochs, restoreBackup, StoreError } from "@millrace/store";
import { restoreAttachments } from "./attachments/backup-folder.ts";

/**
 * `npm run restore -- <backup>` puts a backup into the data folder; `npm run restore` alone is for a data folder whose
 * files were put back by other means. Either way viewers that saw more than what is there now begin anew.
 */
const root = resolve(import.meta.dirname, "../../..");

try {
  process.loadEnvFile(resolve(root, ".env"));
} catch {
  // No .env file: the environment alone decides.
}

const folder = resolve(root, process.env.MILLRACE_DATA_DIR?.trim() || ".millrace");
const [backup, ...more] = process.argv.slice(2);

try {
  if (more.length > 0) throw new StoreError("unavailable", "Only one backup can be restored.");
  const file = backup === undefined ? null : resolve(process.env.INIT_CWD ?? ".", backup);
  const sessions = file === null ? renewEpochs(folder) : restoreBackup(file, folder);
  if (file !== null) await restoreAttachments(file, folder);
  process.stdout.write(`restored: ${sessions} sessions in ${folder} have a new epoch\n`);
} catch (error) {
  process.stderr.write(`millrace: ${error instanceof Error ? error.message : "could not restore"}\n`);
  process.exitCode = 1;
}
