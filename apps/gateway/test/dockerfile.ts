import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";

interface Step {
  readonly does: string;
  readonly words: string;
}

/** An image as it would be built, as far as a test can without Docker. */
export interface Built {
  /** The working directory of the last stage. */
  readonly folder: string;
  /** `RUN` steps that were not followed. */
  readonly left: readonly string[];
}

interface Recipe {
  readonly dockerfile: string;
  /** The build context; what the `.dockerignore` beside the Dockerfile names is not part of it. */
  readonly context: string;
  /** An empty folder, in which each stage gets one of its own. */
  readonly into: string;
  /** `RUN` steps to follow, in the stage's working directory. */
  readonly runs: RegExp;
  /** A stage that is not built, nor copied from. */
  readonly without: string;
}

/** Follows the `COPY` steps of a Dockerfile, and the `RUN` steps that are asked for. @throws where one of them fails */
export function build({ dockerfile, context, into, runs, without }: Recipe): Built {
  const ignored = readFileSync(`${dockerfile}.dockerignore`, "utf8").trim().split("\n");
  const isIgnored = (path: string): boolean =>
    ignored.some((line) =>
      line.startsWith("**/") ? basename(path) === line.slice(3) : relative(context, path) === line,
    );
  const left: string[] = [];
  let [stage, folder] = ["", ""];
  for (const { does, words } of stepsOf(readFileSync(dockerfile, "utf8"))) {
    if (does === "FROM") {
      stage = /\sAS\s+(\S+)$/i.exec(words)?.[1] ?? "last";
      continue;
    }
    if (stage === without) continue;
    if (does === "WORKDIR") {
      folder = join(into, stage, words);
      mkdirSync(folder, { recursive: true });
    } else if (does === "COPY") {
      const [, from, paths = ""] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(words) ?? [];
      if (from === without) continue;
      const [to = ".", ...sources] = paths.split(/\s+/).reverse();
      for (const path of sources) {
        const source = from === undefined ? resolve(context, path) : join(into, from, path);
        const isFolder = statSync(source).isDirectory();
        const target = !isFolder && /(?:^\.|\/)$/.test(to) ? join(folder, to, basename(source)) : join(folder, to);
        const filter = from === undefined ? (one: string): boolean => !isIgnored(one) : undefined;
        cpSync(source, target, { recursive: true, verbatimSymlinks: true, ...(filter && { filter }) });
      }
    } else if (does === "RUN") {
      if (!runs.test(words)) left.push(words);
      else {
        const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
        execFileSync("/bin/sh", ["-c", words], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
      }
    }
  }
  return { folder, left };
}

function stepsOf(text: string): Step[] {
  const lines = text
    .replace(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, does = "", words = ""] = /^\s*(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
      return { does, words };
    });
}
