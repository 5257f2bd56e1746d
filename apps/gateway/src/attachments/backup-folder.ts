import { existsSync } from "node:fs";
import { join } from "node:path";
import { AttachmentFiles } from "./attachment-files.ts";

/** Where the files of messages lie beside a backup of the sessions. */
export const besideBackup = (backup: string): string => `${backup.replace(/\.db$/, "")}.attachments`;

/** Where they lie in a data folder. */
export const inDataFolder = (data_dir: string): string => join(data_dir, "attachments");

/** Puts the files that lie beside a backup into a data folder, to those that are there. @returns whether there were any */
export async function restoreAttachments(backup: string, data_dir: string): Promise<boolean> {
  const from = besideBackup(backup);
  if (!existsSync(from)) return false;
  await new AttachmentFiles(from, () => "").copyTo(inDataFolder(data_dir));
  return true;
}
