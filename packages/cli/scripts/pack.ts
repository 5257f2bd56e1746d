import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPackage } from "./build-package.ts";

/** What can be published, in the order in which one needs the other. */
const PACKAGES = ["protocol", "client", "scripted-model", "cli"];

const { values } = parseArgs({ options: { out: { type: "string", default: "." } } });
// npm runs this in the package; a path is meant from where npm was called.
const out = resolve(process.env.INIT_CWD ?? ".", values.out);
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "millrace-pack-"));
try {
  for (const name of PACKAGES) {
    const built = buildPackage(resolve(import.meta.dirname, "../..", name), join(folder, name));
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", out], { cwd: built, encoding: "utf8" });
    process.stdout.write(`${join(out, filename(JSON.parse(packed)))}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** `npm pack --json` tells a list or, since npm 12, an object by package name. */
function filename(told: { filename: string }[] | Record<string, { filename: string }>): string {
  const [first] = Object.values(told);
  if (first === undefined) throw new Error("npm pack packed nothing");
  return first.filename;
}
