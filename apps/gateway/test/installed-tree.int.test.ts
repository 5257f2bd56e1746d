import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Built, build } from "./dockerfile.ts";

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const ROOT = resolve(import.meta.dirname, "../../..");
const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};

/** Folders from `path` up to the root. */
const upwards = (path: string): string[] =>
  path === "" ? [""] : [path, ...upwards(dirname(path) === "." ? "" : dirname(path))];

/** Where a dependency of `path` is by the lockfile. */
function lockedPlace(path: string, name: string): string {
  const place =
    upwards(path)
      .map((folder) => join(folder, "node_modules", name))
      .find((one) => one in packages) ?? "";
  const locked = packages[place];
  return locked?.link === true ? (locked.resolved ?? "") : place;
}

/** Everything that the gateway runs with: [who needs it, what, where the lockfile puts it]. */
function lockedTree(): (readonly [string, string, string])[] {
  const seen = new Set<string>();
  const needs: (readonly [string, string, string])[] = [];
  for (const open = ["apps/gateway"]; open.length > 0; ) {
    const path = open.pop() as string;
    if (seen.has(path)) continue;
    seen.add(path);
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
      const place = lockedPlace(path, name);
      needs.push([path, name, place]);
      open.push(place);
    }
  }
  return needs;
}

/** Where Node.js finds `name` from `path`, and which version that is. */
function installed(root: string, path: string, name: string): string {
  const folders = upwards(path).map((folder) => join(root, folder, "node_modules", name));
  const found = folders.find((one) => existsSync(join(one, "package.json")));
  if (found === undefined) return "nowhere";
  const { version } = JSON.parse(readFileSync(join(found, "package.json"), "utf8")) as { version: string };
  return `${relative(realpathSync(root), realpathSync(found))} ${version}`;
}

const expected = (place: string): string => `${place} ${packages[place]?.version}`;

/** Addresses that an older version of the library takes for public ones, or throws at. */
const INNER = ["198.18.0.1", "192.31.196.1", "192.52.193.1", "2001:20::1", "::127.0.0.1", "64:ff9b:1::1", "3fff::1"];
const GUARD = `
import { isPublicAddress } from "./packages/tools/src/fetch/public-address.ts";
console.log(JSON.stringify([...${JSON.stringify(INNER)}, "1.1.1.1"].map((address) => isPublicAddress(address))));
`;

let into: string;
let image: Built;

beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), "millrace-image-"));
  const dockerfile = join(ROOT, "deploy/Dockerfile");
  image = build({ dockerfile, context: ROOT, into, runs: /^(?:npm ci|node) /, without: "web" });
}, 180_000);
afterAll(() => rmSync(into, { recursive: true, force: true }));

describe("T31: what a deployment runs is what the lockfile says", () => {
  // The unit of systemd runs the repository where `npm ci` has put everything, as it is here.
  it.each([
    ["the image", () => image.folder],
    ["a folder after npm ci", () => ROOT],
  ])("every dependency of the gateway, and theirs, is found in %s at its place and version", (_, root) => {
    const tree = lockedTree();
    expect(tree.length).toBeGreaterThan(150);
    const nested = tree.filter(([, , place]) => /.\/node_modules\//.test(place));
    expect(nested.map(([, name]) => name)).toContain("ipaddr.js");
    expect(tree.map(([path, name]) => [path, name, installed(root(), path, name)])).toEqual(
      tree.map(([path, name, place]) => [path, name, expected(place)]),
    );
  });

  it("the image has nothing else in it, and its bill of materials names all of it", () => {
    const bill = JSON.parse(readFileSync(join(image.folder, "sbom.cdx.json"), "utf8")) as {
      components: { "bom-ref": string; version: string }[];
    };
    const billed = bill.components.map((one) => `${one["bom-ref"]} ${one.version}`);
    const found = globSync(["**/node_modules/*/package.json", "**/node_modules/@*/*/package.json"], {
      cwd: image.folder,
    })
      .map(dirname)
      .filter((place) => packages[place]?.link !== true);
    expect(found.length).toBeGreaterThan(100);
    expect(found.map(expected).filter((one) => !billed.includes(one))).toEqual([]);
  });

  it("T22: the guard of addresses in the image refuses what is not public", async () => {
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", GUARD], { cwd: image.folder });
    expect(JSON.parse((await run).stdout)).toEqual([...INNER.map(() => false), true]);
  });

  it("only the system's own packages and folders are left to Docker", () => {
    expect(image.left.filter((command) => !/^(?:apt-get|install) /.test(command))).toEqual([]);
  });
});
