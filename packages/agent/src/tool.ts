import type { Usage } from "@millrace/protocol";
import { z } from "zod";
import type { ModelTool } from "./model-port.ts";

/** Something the model can do. */
export interface Tool<Args = unknown> {
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** An object schema. Arguments that do not fit never reach `execute`; the model is told why. */
  readonly parameters: z.ZodType<Args>;
  /** JSON schema (draft 7) that the model is shown instead of what `parameters` says; for tools of other programs. */
  readonly input_schema?: Readonly<Record<string, unknown>> | undefined;
  /** Who decides whether a call may run; `"allow"` by default. */
  readonly permission?: ToolPermission<Args> | undefined;
  /** What the tool brings in or can carry out; see {@link ToolTrait}. */
  readonly traits?: readonly ToolTrait[] | undefined;
  /**
   * All that `execute` does is ask a person: a call that had begun when the server died may begin again, since the
   * question and its answer are found in the log.
   */
  readonly only_asks?: boolean | undefined;
  /** What it throws is told to the model as a failure. Must end soon after `context.signal` aborts. */
  execute(args: Args, context: ToolContext): Promise<ToolOutput>;
}

/**
 * - `private`: shows the model what strangers must not read
 * - `untrusted`: shows the model what strangers wrote
 * - `outbound`: can carry something to strangers
 */
export type ToolTrait = "private" | "untrusted" | "outbound";

/** What happens to a call that no rule speaks of: it runs, a person is asked, it is refused. */
export type Permission = "allow" | "ask" | "deny";

export type ToolPermission<Args> = Permission | CallPermission<Args>;

/** A permission that depends on what a call would do. */
export interface CallPermission<Args> {
  readonly default: Permission;
  /**
   * What the patterns of rules are compared with: a path, an address, each part of a command. Every one of them must
   * be allowed. Null: it cannot be told what the call would do, so that no rule can allow it and a person is asked.
   */
  subjects(args: Args): readonly string[] | null;
  /** Why no rule can allow the call, where `subjects` are null; for the person who is asked. */
  ask_reason?(args: Args): string | null;
  /** The pattern that a person's "for this session" or "always" stands for; null: an answer holds for this call only. */
  remembered?(args: Args): string | null;
}

export interface ToolContext {
  /** Aborts when the run is stopped. */
  readonly signal: AbortSignal;
  readonly tool_call_id: string;
  /** Shows text to the people who watch, while the tool runs. The model sees only the result. */
  output(text: string): void;
  /**
   * Asks a person and waits for the answer, across restarts where the tool is one that `only_asks`.
   * Rejects where nobody can be asked, nobody answered in time, or the run is stopped.
   */
  ask(question: ToolQuestion): Promise<{ readonly answer: string; readonly comment: string | null }>;
  /** Runs a sub-agent on this run's budget: its text is shown as this call's output, its calls under this call. */
  delegate(task: DelegatedTask): Promise<Delegated>;
}

export interface ToolQuestion {
  readonly kind: "question" | "confirm" | "feedback";
  readonly content: string;
  /** Answers to choose from; none: any text. */
  readonly options: readonly string[];
}

export interface DelegatedTask {
  readonly task: string;
  /** The name of an agent of the configuration; the run's own by default. */
  readonly agent?: string | undefined;
}

/** `content`: the sub-agent's answer, or why there is none. */
export interface Delegated {
  readonly ok: boolean;
  readonly content: string;
  readonly usage: Usage;
  readonly steps: number;
}

/** What the model gets to read. `truncated`: the tool left something out. */
export interface ToolOutput {
  readonly content: string;
  readonly truncated?: boolean | undefined;
  /** Of model calls that the tool made, and their steps. */
  readonly usage?: Usage | undefined;
  readonly steps?: number | undefined;
}

/** A tool whose `execute` gets the type that `parameters` describes. */
export function defineTool<Schema extends z.ZodType>(tool: {
  readonly name: string;
  readonly description: string;
  readonly parameters: Schema;
  readonly permission?: ToolPermission<z.output<Schema>> | undefined;
  readonly traits?: readonly ToolTrait[] | undefined;
  readonly only_asks?: boolean | undefined;
  execute(args: z.output<Schema>, context: ToolContext): Promise<ToolOutput>;
}): Tool<z.output<Schema>> {
  return tool as Tool<z.output<Schema>>;
}

const described = new WeakMap<Tool, ModelTool>();

/** The tool as the model sees it. Throws where the schema cannot be said in JSON schema. */
export function describeTool(tool: Tool): ModelTool {
  const known = described.get(tool);
  if (known !== undefined) return known;
  const { name, description } = tool;
  const made: ModelTool = { name, description, parameters: tool.input_schema ?? schemaOf(tool.parameters) };
  described.set(tool, made);
  return made;
}

function schemaOf(type: z.ZodType): Record<string, unknown> {
  // Some endpoints refuse `$schema`, none needs it.
  const { $schema: _, ...parameters } = z.toJSONSchema(type, { io: "input", target: "draft-7" });
  return parameters;
}

/**
 * Thrown by a tool that cannot know whether it did its work: its connection broke before the answer came. The call's
 * outcome is `unknown`, not `failed`, and nothing repeats it by itself.
 */
export class ToolOutcomeUnknown extends Error {
  override readonly name = "ToolOutcomeUnknown";
}
