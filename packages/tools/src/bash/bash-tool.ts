import { constants } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { type CallPermission, defineTool, type Tool, type ToolTrait } from "@millrace/agent";
import { REASONS } from "@millrace/protocol";
import { z } from "zod";
import { bubblewrap } from "./bubblewrap.ts";
import { spawnOnHost } from "./host-shell.ts";
import { COMMAND_LIMITS, type CommandEnd, type CommandLimits, runCommand } from "./run-command.ts";
import { PROCESS_LIMITS, type ProcessLimits, type Sandbox, type SandboxState } from "./sandbox.ts";
import { splitCommand } from "./split-command.ts";

/** UTF-16 code units. */
const COMMAND_LENGTH = 16 * 1024;

export interface BashToolOptions {
  /** Absolute path of the folder that commands start in and may change. */
  readonly workspace: string;
  /** {@link bubblewrap} by default. */
  readonly sandbox?: Sandbox | undefined;
  /** Where the server keeps its data: commands cannot see it. Absolute. */
  readonly data_dir?: string | undefined;
  /** What commands cannot change, besides what is protected anyway: absolute, or from the workspace. */
  readonly protected_paths?: readonly string[] | undefined;
  /** Folders besides the system's own that commands can read, such as those of a compiler. Absolute. */
  readonly readable_paths?: readonly string[] | undefined;
  /** The host's network, its loopback included, so the gateway too. False by default. */
  readonly network?: boolean | undefined;
  readonly limits?: Partial<CommandLimits & ProcessLimits> | undefined;
  /** What happens where there is no sandbox: a person is asked each time, or the tool refuses. "ask" by default. */
  readonly without_sandbox?: "ask" | "refuse" | undefined;
}

type Args = { readonly command: string; readonly timeout?: number | undefined };

/**
 * `bash {command, timeout?}`. Rules decide whether a person is asked; what a command can do is decided by the sandbox.
 * Where there is none, nothing but a person's word for this one call lets it run. Throws where a path is not absolute.
 */
export function bashTool(options: BashToolOptions): Tool {
  const { workspace, data_dir, sandbox = bubblewrap(), network = false } = options;
  const { protected_paths = [], readable_paths = [] } = options;
  if (![workspace, ...readable_paths, ...(data_dir === undefined ? [] : [data_dir])].every(isAbsolute)) {
    throw new TypeError("The folders of bash must be absolute paths.");
  }
  if (resolve(workspace) === "/" || (data_dir !== undefined && resolve(workspace) === resolve(data_dir))) {
    throw new TypeError("The workspace of bash cannot be the whole disk, nor the server's data.");
  }
  const limits = { ...COMMAND_LIMITS, ...PROCESS_LIMITS, ...options.limits };
  const longest = Math.floor(limits.max_timeout_ms / 1000);
  const usual = Math.min(limits.timeout_ms, limits.max_timeout_ms);
  let state: SandboxState | undefined;
  const probe = async (): Promise<SandboxState> => {
    state = await sandbox.available();
    return state;
  };
  probe().catch(() => {});

  const spawnOptions = {
    workspace: resolve(workspace),
    protected_paths: protected_paths.map((path) => resolve(workspace, path)),
    hidden_paths: data_dir === undefined ? [] : [resolve(data_dir)],
    readable_paths: readable_paths.map((path) => resolve(path)),
    network,
    limits,
  };
  const permission: CallPermission<Args> = {
    default: "ask",
    subjects: ({ command }) => (state?.ok === true ? splitCommand(command) : null),
    remembered: ({ command }) => (state?.ok === true ? rememberedPattern(command) : null),
    ask_reason: () => (state?.ok === false ? `${state.why} ${REASONS.no_sandbox}` : null),
  };
  const tool = defineTool({
    name: "bash",
    description: describe(usual / 1000, network),
    parameters: z.object({
      command: z
        .string()
        .min(1)
        .max(COMMAND_LENGTH)
        .refine((command) => !command.includes("\0"), "must not contain NUL")
        .describe("A line of bash, or several"),
      timeout: z
        .int()
        .min(1)
        .max(longest)
        .optional()
        .describe(`Seconds, ${usual / 1000} by default`),
    }),
    permission,
    execute: async ({ command, timeout }, { signal, output }) => {
      signal.throwIfAborted();
      const found = await probe();
      if (!found.ok && options.without_sandbox === "refuse") throw new Error(found.why);
      const start = found.ok ? sandbox.spawn.bind(sandbox) : spawnOnHost;
      const running = await start(command, spawnOptions).catch((error: unknown) => {
        throw startError(error);
      });
      const timeout_ms = timeout === undefined ? usual : timeout * 1000;
      const end = await runCommand(running, { signal, timeout_ms, limits, output: (text) => output(text) });
      if (end.stopped === "signal") signal.throwIfAborted();
      return {
        content: contentOf(end, timeout_ms, limits),
        truncated: end.output.truncated || end.stopped === "output",
      };
    },
  });
  return {
    ...tool,
    get traits(): readonly ToolTrait[] {
      // Without a sandbox there is a network as well.
      return network || state?.ok !== true ? ["private", "untrusted", "outbound"] : ["private", "untrusted"];
    },
  };
}

/**
 * A remembered answer stands for this very command and no other: what is like it may still do something else. None
 * for several commands at once, nor where the text holds what a pattern takes for a wildcard.
 */
export function rememberedPattern(command: string): string | null {
  const [only, ...others] = splitCommand(command) ?? [];
  if (only === undefined || others.length > 0 || only.length > 256 || /[*?]/.test(only)) return null;
  return only;
}

function describe(seconds: number, network: boolean): string {
  return [
    "Runs a line of bash in the workspace and answers with its output and exit code.",
    "Only the workspace can be changed and outlives the call; .git, editor and shell settings in it are read-only, and",
    "secret files such as .env cannot be read.",
    network ? "" : "There is no network.",
    `There is no input, and what still runs in the background is ended with the call. Stopped after ${seconds} s.`,
  ]
    .filter((line) => line !== "")
    .join(" ");
}

function contentOf(end: CommandEnd, timeout_ms: number, limits: CommandLimits): string {
  const notes = [...(end.exit?.notes ?? [])];
  if (end.stopped === "timeout") notes.unshift(`stopped: no end within ${timeout_ms / 1000} s`);
  if (end.stopped === "output") notes.unshift(`stopped: more than ${limits.output_bytes} bytes of output`);
  notes.unshift(end.exit === null ? "it could not be killed" : exitOf(end.exit.code));
  const text = end.output.text;
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${separator}${notes.map((note) => `[${note}]`).join("\n")}`;
}

function exitOf(code: number): string {
  const [name] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? [];
  return name === undefined ? `exit code ${code}` : `exit code ${code}, ${name}`;
}

function startError(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return new Error("The workspace folder does not exist.");
  return new Error(code === undefined && error instanceof Error ? error.message : "The command could not be started.");
}
