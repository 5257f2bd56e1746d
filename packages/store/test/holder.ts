/** Opens a folder, says so, and holds it until its standard input ends. */
import { writeSync } from "node:fs";
import { StoreError } from "../src/log-store.ts";
import { SqliteStore } from "../src/sqlite/sqlite-store.ts";

try {
  const store = new SqliteStore(process.argv[2] ?? "");
  writeSync(1, "open\n");
  process.stdin.resume().once("end", () => void store.close());
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  writeSync(1, `${error.code}: ${error.message}\n`);
}
