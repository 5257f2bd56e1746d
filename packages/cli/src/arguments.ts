import { parseArgs } from "node:util";

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {}

export interface ChatArguments {
  readonly command: "chat";
  readonly url: string;
  /** Only from the environment: a command line is seen by everybody on the machine. */
  readonly token?: string;
  readonly session?: string;
  readonly model?: string;
  readonly agent?: string;
  readonly json: boolean;
  /** Null where none was given. */
  readonly message: string | null;
}

export interface RecordArguments {
  readonly command: "record";
  readonly base_url: string;
  readonly model: string;
  readonly prompt: string;
  readonly system?: string;
  readonly api_key?: string;
}

export interface DemoArguments {
  readonly command: "demo";
  readonly port: number;
  readonly recording?: string;
  readonly fast: boolean;
}

export interface VerifyArguments {
  readonly command: "verify";
  /** Absent: a gateway of its own. */
  readonly url?: string;
  /** Only from the environment. */
  readonly token?: string;
  readonly model?: string;
  readonly messages: number;
  readonly duration_s: number;
  /** For each session. */
  readonly viewers: number;
  /** Absent: another one each time. */
  readonly seed?: number;
  readonly json: boolean;
  /** Leaves the sessions where they are. */
  readonly keep: boolean;
}

export type Arguments =
  | { readonly command: "gateway" | "help" | "version" }
  | ChatArguments
  | RecordArguments
  | DemoArguments
  | VerifyArguments;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line; the environment fills in what it leaves out. @throws UsageError */
export function readArguments(args: readonly string[], env: Environment): Arguments {
  const [command, ...rest] = args;
  switch (command) {
    case undefined:
      return { command: "gateway" };
    case "help":
    case "--help":
    case "-h":
      return { command: "help" };
    case "--version":
    case "-v":
      return { command: "version" };
    case "chat":
      return chat(rest, env);
    case "record":
      return record(rest, env);
    case "demo":
      return demo(rest);
    case "verify":
      return verify(rest, env);
    default:
      throw new UsageError(`there is no command "${command}"`);
  }
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

function chat(args: string[], env: Environment): Arguments {
  const { values, positionals } = parse(args, {
    url: text,
    session: text,
    model: text,
    agent: text,
    json: flag,
    help: flag,
  });
  if (values.help) return { command: "help" };
  const { session, model, agent, json = false } = values;
  const message = positionals.join(" ").trim();
  return {
    command: "chat",
    url: httpUrl(values.url ?? env.MILLRACE_URL ?? "http://127.0.0.1:8000", "--url"),
    json,
    message: message === "" ? null : message,
    ...(env.MILLRACE_TOKEN && { token: env.MILLRACE_TOKEN }),
    ...(session !== undefined && { session }),
    ...(model !== undefined && { model }),
    ...(agent !== undefined && { agent }),
  };
}

function record(args: string[], env: Environment): Arguments {
  const { values, positionals } = parse(args, { "base-url": text, model: text, system: text, help: flag });
  if (values.help) return { command: "help" };
  const prompt = positionals.join(" ").trim();
  const model = values.model ?? env.MILLRACE_MODEL?.split(",")[0]?.trim();
  const { system } = values;
  if (prompt === "") throw new UsageError("record needs a prompt");
  if (model === undefined || model === "") throw new UsageError("record needs --model");
  return {
    command: "record",
    base_url: httpUrl(values["base-url"] ?? env.OPENAI_BASE_URL ?? "https://api.openai.com/v1", "--base-url"),
    model,
    prompt,
    ...(system !== undefined && { system }),
    ...(env.OPENAI_API_KEY !== undefined && { api_key: env.OPENAI_API_KEY }),
  };
}

function demo(args: string[]): Arguments {
  const { values, positionals } = parse(args, { port: text, recording: text, fast: flag, help: flag });
  if (values.help) return { command: "help" };
  const { port = "8100", recording, fast = false } = values;
  if (positionals.length > 0) throw new UsageError(`demo takes no "${positionals[0]}"`);
  if (!/^\d{1,5}$/u.test(port) || Number(port) > 65_535)
    throw new UsageError("--port must be a number from 0 to 65535");
  if (fast && recording === undefined) throw new UsageError("--fast belongs to --recording");
  return { command: "demo", port: Number(port), fast, ...(recording !== undefined && { recording }) };
}

function verify(args: string[], env: Environment): Arguments {
  const { values, positionals } = parse(args, {
    ...{ url: text, model: text, messages: text, duration: text, viewers: text, seed: text },
    ...{ json: flag, keep: flag, help: flag },
  });
  if (values.help) return { command: "help" };
  if (positionals.length > 0) throw new UsageError(`verify takes no "${positionals[0]}"`);
  const { url, model, messages = "20", duration = "20", viewers = "3", seed, json = false, keep = false } = values;
  return {
    command: "verify",
    messages: count(messages, "--messages", 1, 1_000),
    duration_s: count(duration, "--duration", 1, 3_600),
    viewers: count(viewers, "--viewers", 0, 20),
    json,
    keep,
    ...(url !== undefined && { url: httpUrl(url, "--url") }),
    ...(env.MILLRACE_TOKEN && { token: env.MILLRACE_TOKEN }),
    ...(model !== undefined && { model }),
    ...(seed !== undefined && { seed: count(seed, "--seed", 0, 999_999_999) }),
  };
}

function count(value: string, name: string, least: number, most: number): number {
  const number = /^\d{1,9}$/u.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${name} must be a number from ${least} to ${most}`);
}

type Options = Readonly<Record<string, typeof text | typeof flag>>;
type Values<O extends Options> = { [Name in keyof O]?: O[Name] extends typeof text ? string : boolean };

function parse<const O extends Options>(args: string[], options: O): { values: Values<O>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: values as Values<O>, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function httpUrl(url: string, name: string): string {
  const given = URL.canParse(url) ? new URL(url).protocol : null;
  if (given !== "http:" && given !== "https:") throw new UsageError(`${name} is not an http(s) address`);
  return url.replace(/\/+$/u, "");
}
