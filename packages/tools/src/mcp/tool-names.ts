import { createHash } from "node:crypto";

/** Of a tool, as models' endpoints take it. */
const LENGTH = 64;

/**
 * The names under which a server's tools are offered: `server__tool`, each unique, of `[A-Za-z0-9_-]{1,64}`. A name
 * that had to be changed to fit, and would be too long or the same as another's, ends in a digest of the original:
 * no tool can take the name of one that is named so.
 *
 * @param tools names as the server has them, without repetition
 */
export function fullNames(server: string, tools: readonly string[]): ReadonlyMap<string, string> {
  const plain = new Map(tools.map((tool) => [tool, `${server}__${tool.replace(/[^A-Za-z0-9_-]/g, "_")}`]));
  const uses = new Map<string, number>();
  for (const name of plain.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
  const fits = ([tool, name]: readonly [string, string]): boolean =>
    name.length <= LENGTH && (name === `${server}__${tool}` || uses.get(name) === 1);
  const named = new Map([...plain].filter(fits));
  const taken = new Set(named.values());
  for (const [tool, name] of plain) {
    if (named.has(tool)) continue;
    let other = withDigest(name, tool);
    for (let salt = 1; taken.has(other); salt += 1) other = withDigest(name, `${salt}\n${tool}`);
    taken.add(other);
    named.set(tool, other);
  }
  return named;
}

function withDigest(name: string, text: string): string {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return `${name.slice(0, LENGTH - digest.length - 1)}_${digest}`;
}
