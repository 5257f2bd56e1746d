import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly name: string;
    readonly version: string;
    readonly hashes?: readonly { readonly content: string }[];
    readonly licenses?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const ROOT = resolve(import.meta.dirname, "../../..");
const { packages } = JSON.parse(readFileSync(resolve(ROOT, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};
const entries = Object.entries(packages);
const installed = entries.filter(([path, { link }]) => path.includes("node_modules/") && link !== true);
const own = entries.filter(([path]) => !path.includes("node_modules/"));
describe("T31: what is installed", () => {
  it("is known byte for byte: each package is locked with its digest", () => {
    expect(installed.length).toBeGreaterThan(100);
    const unknown = installed.filter(([, { integrity }]) => integrity?.startsWith("sha512-") !== true);
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  it("runs nothing while it is installed", () => {
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)).toEqual([]);
  });

  it("is named by exact versions, and there are at most 40 packages that our own code runs with", () => {
    const named = own.flatMap(([path, { dependencies = {}, devDependencies = {} }]) =>
      Object.entries({ ...devDependencies, ...dependencies })
        .filter(([name]) => !name.startsWith("@millrace/"))
        .map(([name, version]) => [path, name, version] as const),
    );
    expect(named.filter(([, , version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
    const running = new Set(own.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies)));
    expect([...running].filter((name) => !name.startsWith("@millrace/")).length).toBeLessThanOrEqual(40);
  });

  it("has a bill of materials, made of the lockfile, with everything that runs or is sent to browsers", async () => {
    const made = await promisify(execFile)(process.execPath, [resolve(ROOT, "deploy/sbom.mjs")], { timeout: 30_000 });
    const { bomFormat, components, dependencies } = JSON.parse(made.stdout) as Bill;
    expect(bomFormat).toBe("CycloneDX");
    const names = new Set(components.map(({ name }) => name));
    const shipped = own.filter(
      ([path]) => path === "apps/gateway" || path === "apps/web" || path.startsWith("packages/"),
    );
    const direct = shipped
      .filter(([path]) => path !== "packages/cli")
      .flatMap(([, one]) => Object.keys(one.dependencies ?? {}));
    expect(direct.length).toBeGreaterThan(20);
    expect(direct.filter((name) => !names.has(name))).toEqual([]);
    expect(
      [...names].filter((name) => ["vitest", "vite", "typescript", "@biomejs/biome", "playwright"].includes(name)),
    ).toEqual([]);
    const refs = new Set(components.map((one) => one["bom-ref"]));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
    const foreign = components.filter(({ name }) => !name.startsWith("@millrace/"));
    for (const { version, hashes, licenses, ...one } of foreign) {
      const locked = packages[one["bom-ref"]];
      const sha512 = Buffer.from(hashes?.[0]?.content ?? "", "hex").toString("base64");
      expect([one.name, version, `sha512-${sha512}`, licenses?.length]).toEqual([
        one.name,
        locked?.version,
        locked?.integrity,
        1,
      ]);
    }
  });
});
