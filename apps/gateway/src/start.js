import { enableCompileCache } from "node:module";
import { resolve } from "node:path";

// Before anything is loaded, so that types are stripped and code is compiled once and not at every start. It lies beside
// the packages, as whoever can write there can change the code too; where nothing can be written there is none.
enableCompileCache(resolve(import.meta.dirname, "../../../node_modules/.cache/millrace"));
await import("./main.ts");
