import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const require = createRequire(import.meta.url);

type Paths = Readonly<Record<string, string>>;

interface Manifest {
  name: string;
  version: string;
  description?: string;
  license: string;
  sideEffects?: boolean;
  exports: Paths;
  bin?: Paths;
  dependencies?: Paths;
}

/** Entries that exist for this repository's own tests. */
const INTERNAL = new Set(["./testing", "./package.json"]);

/** The oldest Node, where it is not 20: these have no other way than what came with 22. */
const NODE: Paths = { "@millrace/scripted-model": ">=22.12", "@millrace/cli": ">=22.12" };

/**
 * Compiles a package into `out`, without its tests, beside a package.json that can be published: entries of compiled
 * files, and its own packages at exactly their present versions. Returns `out`.
 */
export function buildPackage(folder: string, out: string): string {
  mkdirSync(out, { recursive: true });
  compile(folder, out);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published(manifest), null, 2)}\n`);
  copyFileSync(join(folder, "README.md"), join(out, "README.md"));
  copyFileSync(join(ROOT, "LICENSE"), join(out, "LICENSE"));
  return out;
}

function compile(folder: string, out: string): void {
  const config = join(out, "tsconfig.build.json");
  const build = {
    extends: join(folder, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: join(folder, "src"),
      outDir: out,
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    include: [join(folder, "src")],
    exclude: ["**/*.test.ts", "**/testing.ts", "**/testing/**"].map((pattern) => join(folder, "src", pattern)),
  };
  writeFileSync(config, JSON.stringify(build));
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", config], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    throw new Error(`${folder} does not compile:\n${(error as { stdout: string }).stdout}`, { cause: error });
  }
  rmSync(config);
  for (const file of declarations(out)) writeFileSync(file, readFileSync(file, "utf8").replace(IMPORTED, "$1.js$2"));
}

/** `tsc` writes `.js` into the code that it emits, and leaves `.ts` in the declarations. */
const IMPORTED = /((?:from|import\() ?"\.[^"]*)\.ts(")/gu;

function declarations(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".d.ts"))
    .map((name) => join(folder, name));
}

function published({
  name,
  version,
  description,
  license,
  sideEffects,
  exports,
  bin,
  dependencies = {},
}: Manifest): object {
  const entries = Object.entries(exports).filter(([entry]) => !INTERNAL.has(entry));
  return {
    name,
    version,
    ...(description !== undefined && { description }),
    license,
    type: "module",
    ...(sideEffects !== undefined && { sideEffects }),
    engines: { node: NODE[name] ?? ">=20" },
    ...(entries.length > 0 && { exports: Object.fromEntries(entries.map(([entry, path]) => [entry, compiled(path)])) }),
    ...(bin !== undefined && { bin: mapped(bin, (path) => compiled(path).default) }),
    dependencies: Object.fromEntries(Object.entries(dependencies).map(([of, range]) => [of, pinned(of, range)])),
    files: ["**/*.js", "**/*.d.ts"],
  };
}

function compiled(path: string): { types: string; default: string } {
  const base = path.replace(/^\.\/src\//u, "./").replace(/\.ts$/u, "");
  return { types: `${base}.d.ts`, default: `${base}.js` };
}

function pinned(name: string, range: string): string {
  if (range !== "*") return range;
  const manifest = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as Manifest).version;
}

function mapped(paths: Paths, change: (path: string) => string): Paths {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, change(path)]));
}
