import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { documentConfig } from "../src/config/document.ts";

/** Writes `docs/configuration.md` anew. */
writeFileSync(resolve(import.meta.dirname, "../../../docs/configuration.md"), documentConfig());
