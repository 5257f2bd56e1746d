// Prints a bill of materials (CycloneDX) of what a deployment runs and what it sends to browsers, from the lockfile alone.
// `npm sbom --omit=dev` is no help in a workspace: it leaves out what one package runs with and another is tested with.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const { version, packages } = JSON.parse(readFileSync(resolve(ROOT, "package-lock.json"), "utf8"));
const SHIPPED = ["apps/gateway", "apps/web"];

/** Where `name` is found from `path`, as Node.js looks for it; undefined for what is not installed. */
function found(name, path) {
  for (let folder = path; ; folder = folder.replace(/(?:^|\/)[^/]*$/, "")) {
    const place = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (place in packages) return packages[place].link === true ? packages[place].resolved : place;
    if (folder === "") return undefined;
  }
}

function needs(path) {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path];
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers].map((name) => {
    const place = found(name, path);
    if (place === undefined) throw new Error(`${path} needs ${name}, which the lockfile does not hold.`);
    return place;
  });
}

const taken = new Map();
for (const open = [...SHIPPED]; open.length > 0; ) {
  const path = open.pop();
  if (taken.has(path)) continue;
  taken.set(path, needs(path));
  open.push(...taken.get(path));
}

const nameOf = (path) => packages[path].name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
const versionOf = (path) => packages[path].version ?? version;
const purlOf = (path) => `pkg:npm/${nameOf(path).replace("@", "%40")}@${versionOf(path)}`;

function component(path) {
  const { integrity, license } = packages[path];
  const sha512 = integrity?.replace(/^sha512-/, "");
  return {
    type: path.startsWith("apps/") ? "application" : "library",
    "bom-ref": path,
    name: nameOf(path),
    version: versionOf(path),
    purl: purlOf(path),
    ...(sha512 && { hashes: [{ alg: "SHA-512", content: Buffer.from(sha512, "base64").toString("hex") }] }),
    ...(license && { licenses: [/\s/.test(license) ? { expression: license } : { license: { id: license } }] }),
  };
}

const paths = [...taken.keys()].sort();
const bill = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { component: { type: "application", "bom-ref": "millrace", name: "millrace", version } },
  components: paths.map(component),
  dependencies: [
    { ref: "millrace", dependsOn: SHIPPED },
    ...paths.map((path) => ({ ref: path, dependsOn: [...new Set(taken.get(path))].sort() })),
  ],
};
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
