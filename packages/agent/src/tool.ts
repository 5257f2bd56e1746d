import { z } from "zod";
import type { ModelTool } from "./model-port.ts";

/** Something the model can do. */
export interface Tool<Args = unknown> {
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** An object schema. Arguments that do not fit never reach `execute`; the model is told why. */
  readonly parameters: z.ZodType<Args>;
  /** What it throws is told to the model as a failure. Must end soon after `context.signal` aborts. */
  execute(args: Args, context: ToolContext): Promise<ToolOutput>;
}

export interface ToolContext {
  /** Aborts when the run is stopped. */
  readonly signal: AbortSignal;
  readonly tool_call_id: string;
  /** Shows text to the people who watch, while the tool runs. The model sees only the result. */
  output(text: string): void;
}

/** What the model gets to read. `truncated`: the tool left something out. */
export interface ToolOutput {
  readonly content: string;
  readonly truncated?: boolean | undefined;
}

/** A tool whose `execute` gets the type that `parameters` describes. */
export function defineTool<Schema extends z.ZodType>(tool: {
  readonly name: string;
  readonly description: string;
  readonly parameters: Schema;
  execute(args: z.output<Schema>, context: ToolContext): Promise<ToolOutput>;
}): Tool<z.output<Schema>> {
  return tool as Tool<z.output<Schema>>;
}

const described = new WeakMap<Tool, ModelTool>();

/** The tool as the model sees it. Throws where the schema cannot be said in JSON schema. */
export function describeTool(tool: Tool): ModelTool {
  const known = described.get(tool);
  if (known !== undefined) return known;
  // Some endpoints refuse `$schema`, none needs it.
  const { $schema: _, ...parameters } = z.toJSONSchema(tool.parameters, { io: "input", target: "draft-7" });
  const made: ModelTool = { name: tool.name, description: tool.description, parameters };
  described.set(tool, made);
  return made;
}
