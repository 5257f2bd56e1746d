import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkRules, holdsTests, rulesOf } from "./spec-rules.ts";

/** `node packages/protocol/scripts/check-spec.ts`: exit 1 when a rule has no test or a test names a rule that is none. */

const root = join(import.meta.dirname, "../../..");
const spec = readFileSync(join(root, "packages/protocol/SPEC.md"), "utf8");
const files = globSync("{packages,apps,e2e}/**/*.{ts,tsx}", {
  cwd: root,
  exclude: ["**/node_modules/**", "**/dist/**", "packages/protocol/src/spec-rules.test.ts"],
}).filter(holdsTests);

const found = checkRules(spec, new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")])));
const faults = [
  ...found.untested.map((rule) => `${rule}: no test names it`),
  ...found.unknown.map(({ id, file }) => `${id}: SPEC.md has no such rule (${file})`),
  ...found.repeated.map((rule) => `${rule}: defined twice`),
];
for (const fault of faults) console.error(fault);
console.log(`${rulesOf(spec).length} rules, ${files.length} files with tests, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
