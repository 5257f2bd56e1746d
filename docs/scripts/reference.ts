import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { chineseConfiguration } from "./configuration-page.ts";
import { referencePage } from "./reference-page.ts";

const at = (path: string): string => resolve(import.meta.dirname, "..", path);

/** Writes the pages anew that are made of the schemas; `configuration.md` is made by the gateway. */
writeFileSync(at("reference.md"), referencePage("en"));
writeFileSync(at("zh/reference.md"), referencePage("zh"));
writeFileSync(at("zh/configuration.md"), chineseConfiguration(readFileSync(at("configuration.md"), "utf8")));
