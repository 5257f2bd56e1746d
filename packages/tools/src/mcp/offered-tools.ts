import type { Tool } from "@millrace/agent";
import { toolFingerprint } from "../permissions/fingerprint.ts";
import { type ForeignTool, readTools } from "./foreign-tool.ts";
import { fullNames } from "./tool-names.ts";

interface Offered {
  /** As the server has it. */
  readonly foreign_name: string;
  readonly tool: Tool;
}

/** What a server offers, by full name and in its order. */
export type OfferedTools = ReadonlyMap<string, Offered>;

/**
 * The tools of a new list. One that is as it was before stays the same object; one of which anything changed is
 * another, so that no permission for the old one is taken for it.
 *
 * @returns `problems`: what was left out, in words; `replaced`: full names of the changed
 */
export function offeredTools(
  server: { readonly name: string; readonly allow?: readonly string[] | undefined },
  listed: readonly unknown[],
  before: OfferedTools,
  make: (full_name: string, foreign: ForeignTool) => Tool,
): { readonly tools: OfferedTools; readonly problems: readonly string[]; readonly replaced: readonly string[] } {
  const { tools, problems } = readTools(listed, server.allow);
  const names = fullNames(
    server.name,
    tools.map(({ name }) => name),
  );
  const replaced: string[] = [];
  const offered = tools.map((foreign): Offered => {
    const full_name = names.get(foreign.name)!;
    const known = before.get(full_name);
    const tool = make(full_name, foreign);
    if (known === undefined) return { foreign_name: foreign.name, tool };
    if (known.foreign_name === foreign.name && toolFingerprint(known.tool) === toolFingerprint(tool)) return known;
    replaced.push(full_name);
    return { foreign_name: foreign.name, tool };
  });
  offered.sort((a, b) => (a.tool.name < b.tool.name ? -1 : 1));
  return { tools: new Map(offered.map((each) => [each.tool.name, each])), problems, replaced };
}
