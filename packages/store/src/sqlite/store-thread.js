import { enableCompileCache } from "node:module";
import { workerData } from "node:worker_threads";

// A thread has a cache of its own.
if (workerData.compile_cache !== undefined) enableCompileCache(workerData.compile_cache);
await import("./store-thread.ts");
