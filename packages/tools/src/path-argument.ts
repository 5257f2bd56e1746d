import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { CallPermission } from "@millrace/agent";
import { REASONS } from "@millrace/protocol";
import { z } from "zod";
import { isInstruction, writeRefusal } from "./guarded-names.ts";
import { insideOf, secretRefusal, type Workspace } from "./workspace.ts";

/**
 * A file of the workspace, which comes out relative to it, with `/` and without `.` and `..`. What its name alone rules
 * out is refused before anybody is asked.
 */
export function pathArgument(workspace: Workspace, use: "read" | "write"): z.ZodType<string, string> {
  return z
    .string()
    .min(1)
    .transform((path, context) => {
      const named = path.includes("\0") ? null : nameOf(workspace, path);
      const message = named === null ? "The path leads out of the workspace." : refusal(path, named, use);
      if (message === null) return named!;
      context.addIssue({ code: "custom", message, input: path });
      return z.NEVER;
    });
}

function nameOf({ folder }: Workspace, path: string): string | null {
  const named = resolve(folder, path);
  return insideOf(folder, named) ?? insideOf(realPath(folder), named);
}

function refusal(path: string, named: string, use: "read" | "write"): string | null {
  const last = path.split(sep === "/" ? sep : /[\\/]/).at(-1)!;
  if (["", ".", ".."].includes(last)) return `Not a regular file: ${named || "."}`;
  return secretRefusal(named) ?? (use === "write" ? writeRefusal(named) : null);
}

/** What rules about a path are held against: its name, and where that leads through links. */
export function pathSubjects({ folder }: Workspace, path: string): string[] {
  const real = insideOf(realPath(folder), realPath(resolve(folder, path)));
  return real === null || real === path ? [path] : [path, real];
}

/** The real path, where what does not exist has the name it would be made with. */
function realPath(path: string): string {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync.native(at), ...missing);
    } catch {
      if (dirname(at) === at) return path;
      missing.unshift(basename(at));
    }
  }
}

/**
 * Who writes asks. An answer may stand for the file's folder and all below it; in the workspace itself for the file
 * alone. What instructs agents is asked for each time (T29).
 */
export function writePermission(workspace: Workspace): CallPermission<{ readonly path: string }> {
  const isGuarded = (path: string): boolean => pathSubjects(workspace, path).some(isInstruction);
  return {
    default: "ask",
    subjects: ({ path }) => (isGuarded(path) ? null : pathSubjects(workspace, path)),
    remembered: ({ path }) => {
      // A pattern has no way to say that a star is a star.
      if (/[*?]/.test(path) || isGuarded(path)) return null;
      const slash = path.lastIndexOf("/");
      return slash === -1 ? path : `${path.slice(0, slash)}/*`;
    },
    ask_reason: ({ path }) => (isGuarded(path) ? REASONS.guarded : null),
  };
}
