import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
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
});
