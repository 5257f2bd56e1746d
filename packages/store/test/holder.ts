/** Opens a folder, says so, and holds it until its standard input ends. */
import { writeSync } from "node:fs";
import { StoreError } from "../src/log-store.ts";
import { openSqliteStore } from "../src/sqlite/threaded-store.ts";

try {
  const store = await openSqliteStore(process.argv[2] ?? "");
  writeSync(1, "open\n");
  process.stdin.resume().once("end", () => void store.close());
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  writeSync(1, `${error.code}: ${error.message}\n`);
}
