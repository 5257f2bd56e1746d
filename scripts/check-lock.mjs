// Checks package-lock.json: it is complete for every platform, and says nothing about where packages came from.
import { main } from "./failure.mjs";
import { readJson } from "./runtime.mjs";

await main(async () => {
  const { packages } = readJson("package-lock.json");
  const problems = Object.entries(packages).flatMap(([key, entry]) => [
    ...missingOptionals(packages, key, entry),
    ...wrongSource(key, entry),
  ]);
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    process.exitCode = 1;
  }
});

/** npm leaves out a platform's package that the registry lacks, and then `npm ci` fails everywhere. */
function missingOptionals(packages, key, entry) {
  const names = Object.keys(entry.optionalDependencies ?? {});
  return names
    .filter((name) => !lookUp(packages, key, name))
    .map((name) => `${key || "the root package"} names the optional ${name}, which package-lock.json lacks.`);
}

function wrongSource(key, entry) {
  if (key === "" || !key.includes("node_modules/")) {
    return [];
  }
  const problems = [];
  if (entry.link !== true && entry.resolved !== undefined) {
    problems.push(`${key} is tied to ${entry.resolved}: install it with omit-lockfile-registry-resolved=true.`);
  }
  if (entry.link !== true && entry.inBundle !== true && entry.integrity === undefined) {
    problems.push(`${key} has no integrity.`);
  }
  return problems;
}

/** Looks where Node would: in the package's own node_modules, then in those of the folders above it. */
function lookUp(packages, from, name) {
  const folders = from === "" ? [] : from.split("/");
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    if ([...folders.slice(0, depth), "node_modules", name].join("/") in packages) {
      return true;
    }
  }
  return false;
}
