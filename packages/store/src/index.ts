export * from "./frame.ts";
export * from "./group-commit.ts";
export * from "./log-store.ts";
export { MemoryStore } from "./memory-store.ts";
export { isPageCursor } from "./page.ts";
export * from "./row.ts";
export { renewEpochs, restoreBackup } from "./sqlite/backup.ts";
export { SqliteStore } from "./sqlite/sqlite-store.ts";
export { openSqliteStore, type SqliteLog } from "./sqlite/threaded-store.ts";
