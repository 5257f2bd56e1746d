import { spawn } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Readable } from "node:stream";
import { insideOf, type Opened, openInside, type Workspace } from "../workspace.ts";
import { fileLines } from "./file-lines.ts";
import { cutLine, type Match, type Matches, SEARCHED_BYTES, type Search, SHOWN_MATCHES } from "./match.ts";

/** What is read of a line of ripgrep's output. Bytes. */
const LINE_BYTES = 64 * 1024;
const PROBLEM_LENGTH = 1_000;

/**
 * Where `rg` is, by the folders of PATH; null where it is not. A folder in the workspace does not count: what lies
 * there may have been written by a model.
 */
export function findRipgrep({ folder }: Workspace, PATH: string | undefined): string | null {
  const name = process.platform === "win32" ? "rg.exe" : "rg";
  for (const each of (PATH ?? "").split(delimiter)) {
    if (!isAbsolute(each)) continue;
    try {
      const found = realpathSync(join(each, name));
      accessSync(found, constants.X_OK);
      if (insideOf(realpathSync(folder), found) === null) return found;
    } catch {}
  }
  return null;
}

/**
 * Finds the lines that a regular expression matches, in a process of its own whose engine takes linear time (T33).
 * ripgrep only says where to look: each line that is shown was read again by the confined way, so that neither a link
 * that is swapped while it runs nor a name that it does not know leads to anything else.
 *
 * @throws Error where the pattern is none, in ripgrep's words
 */
export async function ripgrep(workspace: Workspace, rg: string, search: Search, isFile: boolean): Promise<Matches> {
  const slash = search.start.lastIndexOf("/");
  const from = isFile ? search.start.slice(0, Math.max(0, slash)) : search.start;
  const folder = await openInside(workspace, from || ".", "folder");
  try {
    const file = isFile ? search.start.slice(slash + 1) : null;
    const { candidates, complete } = await run(rg, argumentsFor(search.pattern, file), folder, from, search);
    const matches = await confirm(workspace, candidates, search);
    return { matches, complete: complete && !search.late.aborted };
  } finally {
    await folder.handle.close();
  }
}

function argumentsFor(pattern: string, file: string | null): string[] {
  return [
    ...["--no-config", "--color=never", "--no-heading", "--with-filename", "--line-number", "--null", "--sort=path"],
    ...["--no-follow", "--no-mmap", "--no-messages", "--encoding=none", `--max-filesize=${SEARCHED_BYTES}`, "--crlf"],
    // Hidden files, but not hidden folders; what the ignore files of the searched folders name, and no other.
    ...["--hidden", "--no-require-git", "--no-ignore-parent", "--no-ignore-global", "--no-ignore-exclude"],
    ...["--glob=!.*/", "--glob=!node_modules/"],
    ...["--max-columns=300", "--max-columns-preview", "--max-depth=64"],
    // Past these a pattern is refused rather than run slowly.
    ...["--engine=default", "--regex-size-limit=4M", "--dfa-size-limit=16M"],
    ...["--", pattern, file === null ? "." : `./${file}`],
  ];
}

interface Candidate {
  readonly path: string;
  readonly line: number;
}

interface Found {
  readonly candidates: readonly Candidate[];
  readonly complete: boolean;
}

function run(rg: string, args: string[], folder: Opened, from: string, search: Search): Promise<Found> {
  const { signal, late, wanted } = search;
  // By what was opened, not by a name that may lead elsewhere by now.
  const cwd = process.platform === "linux" ? `/proc/${process.pid}/fd/${folder.handle.fd}` : folder.real;
  return new Promise((resolve, reject) => {
    const child = spawn(rg, args, { cwd, env: {}, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    const candidates: Candidate[] = [];
    let complete = true;
    let problem = "";
    const stop = (): void => {
      complete = false;
      child.kill("SIGKILL");
    };
    const stopping = AbortSignal.any([signal, late]);
    stopping.addEventListener("abort", stop, { once: true });
    if (stopping.aborted) stop();
    onLines(child.stdout, (line) => {
      const found = parse(line, from);
      if (!complete || found === null || !wanted(found.path)) return;
      if (candidates.length < SHOWN_MATCHES) candidates.push(found);
      else stop();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      problem = (problem + text).slice(0, PROBLEM_LENGTH);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      stopping.removeEventListener("abort", stop);
      if (signal.aborted) reject(signal.reason);
      else if (code === 2 && problem.trim() !== "") reject(new Error(problem.trim()));
      else resolve({ candidates, complete });
    });
  });
}

/** A line is `path NUL number : text`; what has no NUL tells of something else. */
function parse(line: Buffer, from: string): Candidate | null {
  const end = line.indexOf(0);
  if (end === -1) return null;
  const path = line.toString("utf8", 0, end).replace(/^\.[\\/]/, "");
  const number = /^\d+/.exec(line.toString("latin1", end + 1, end + 12));
  return number === null ? null : { path: from === "" ? path : `${from}/${path}`, line: Number(number[0]) };
}

/** Calls back with each line, or with its beginning where it is too long. */
function onLines(stream: Readable, take: (line: Buffer) => void): void {
  let pending: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const newline = chunk.indexOf(10, at);
      const piece = chunk.subarray(at, newline === -1 ? chunk.length : newline);
      if (size < LINE_BYTES) pending.push(piece);
      size += piece.length;
      at += piece.length + 1;
      if (newline === -1) continue;
      take(Buffer.concat(pending));
      pending = [];
      size = 0;
    }
  });
}

async function confirm(workspace: Workspace, candidates: readonly Candidate[], search: Search): Promise<Match[]> {
  const matches: Match[] = [];
  let path: string | null = null;
  let lines: readonly string[] = [];
  for (const candidate of candidates) {
    search.signal.throwIfAborted();
    if (search.late.aborted) break;
    if (candidate.path !== path) {
      path = candidate.path;
      lines = (await fileLines(workspace, path)) ?? [];
    }
    const text = lines[candidate.line - 1];
    if (text !== undefined) matches.push({ ...candidate, text: cutLine(text) });
  }
  return matches;
}
