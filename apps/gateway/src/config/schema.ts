import type { Tool } from "@millrace/agent";
import type { RunnableFlow } from "@millrace/flow";
import { z } from "zod";
import type { OnDelta } from "../hooks/on-delta.ts";
import { mcpServerSchema } from "./mcp-schema.ts";
import { Model, Name, providerSchema, Url } from "./model-schema.ts";
import { type Environment, secretSchema } from "./secret.ts";

/** A value that only code can hold. `doc_type` is what the settings' page calls it. */
const code = <T>(doc_type: string, holds: (value: unknown) => boolean, error: string): z.ZodType<T, T> =>
  z.custom<T>(holds, { error }).meta({ doc_type });

const AnyTool = code<Tool>("Tool", isTool, "must be a tool made by defineTool");
const Flow = code<RunnableFlow>("TriggerFlow", isFlow, "must be a TriggerFlow");
const DeltaHook = code<OnDelta>(
  "(event, context) => void",
  (value) => typeof value === "function",
  "must be a function",
);

const Limits = z.strictObject({
  tokens: z.number().int().positive().optional().describe("Tokens of all model calls of a run: 2,000,000 by default."),
  cost: z.number().positive().optional().describe("In the currency of the models' prices: none by default."),
  time_s: z
    .number()
    .positive()
    .optional()
    .describe("Seconds of work, waiting for people not counted: 1800 by default."),
  repeated_calls: z
    .number()
    .int()
    .min(2)
    .optional()
    .describe("The same call with the same result, so often in a row: 3 by default."),
  failing_tools: z.number().int().positive().optional().describe("Failing tool calls in a row: 5 by default."),
  tool_calls: z.number().int().positive().optional().describe("Tool calls of a run: 200 by default."),
});

const Compaction = z.strictObject({
  share: z
    .number()
    .min(0.2)
    .max(1)
    .optional()
    .describe(
      "Part of the model's context from which on old tool outputs are left out and turns summarised: 0.8 by default.",
    ),
  keep: z
    .number()
    .min(0)
    .max(0.6)
    .optional()
    .describe("Part of the context whose latest messages stay word for word: 0.3 by default."),
});

const Agent = z.strictObject({
  description: z
    .string()
    .max(1_000)
    .optional()
    .describe("What it is good for: for people who choose, and for an agent that hands over a task."),
  system: z.string().min(1).optional().describe("Its system prompt: the built-in one by default."),
  model: z.string().optional().describe("Id of its model: the default model by default."),
  tools: z
    .array(z.string())
    .optional()
    .describe("The only tools it has, where `*` stands for any characters: all of them by default."),
  max_steps: z.number().int().min(1).max(1_000).optional().describe("Most model calls in a run: 50 by default."),
  limits: Limits.optional().describe("Instead of those of `limits`, one by one."),
  flow: Flow.optional().describe(
    "A flow that answers instead of a model: it is started with the message's text. `system`, `model`, `tools` and `max_steps` are then those of the agents that it calls without naming one.",
  ),
});

const Rule = z.strictObject({
  tool: z.string().min(1).max(256).describe("A tool's name, where `*` stands for any characters."),
  pattern: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("What the call is about: a path, a host, a command. Any by default."),
  action: z.enum(["allow", "ask", "deny"]),
});

const ServerName = z
  .string()
  .max(32)
  .regex(/^[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*$/, "must be words of letters and digits, joined by single '-' or '_'");

const Sandbox = z.strictObject({
  network: z.boolean().default(false).describe("Whether commands may reach the network."),
  host_tools: z
    .enum(["auto", "on", "off"])
    .default("auto")
    .describe(
      "Whether the built-in tools that touch the gateway's machine (files and `bash`) are offered. `auto`: yes in local mode; with `MILLRACE_TOKEN` or `OIDC_ISSUER` only where the sandbox works. `on` is for a gateway that is in a container of its own.",
    ),
});

const FetchUrl = z.strictObject({
  hosts: z
    .array(z.string().min(1).max(256))
    .optional()
    .describe(
      'The only hosts that it fetches, where `*` stands for any characters: `["docs.example.com", "*.example.org"]`. By default every public one in local mode, and none with `MILLRACE_TOKEN` or `OIDC_ISSUER`; `["*"]` allows every public one there too.',
    ),
});

const Attachments = z.strictObject({
  quota_mib: z.number().positive().default(1_024).describe("MiB that the files of one user may have together."),
});

const Hooks = z.strictObject({
  onDelta: DeltaHook.optional().describe(
    "Sees each piece of text, reasoning and tool output as it is produced, and may put `data` events into the stream.",
  ),
});

/** All that `millrace.config.ts` may hold; every field says what it does. @param environment where secrets may be named */
export function configSchema(environment: Environment) {
  const Telemetry = z.strictObject({
    otlp_endpoint: Url.optional().describe(
      "Where traces go over OTLP/HTTP, without `/v1/traces`. `OTEL_EXPORTER_OTLP_ENDPOINT` comes before it.",
    ),
    headers: z.record(z.string(), secretSchema(environment)).optional().describe("Sent with them."),
    service_name: z.string().min(1).default("millrace").describe("`OTEL_SERVICE_NAME` comes before it."),
  });
  return z.strictObject({
    providers: z
      .record(Name, providerSchema(environment))
      .default({})
      .describe("Endpoints that speak OpenAI's chat-completions API, by name. `env` is the one of the environment."),
    models: z.array(Model).default([]).describe("The models to offer."),
    default_model: z
      .string()
      .optional()
      .describe("Id of the model that answers where nobody chose one: the first. `MILLRACE_MODEL` comes before it."),
    agents: z
      .record(Name, Agent)
      .default({})
      .describe("Agents, by the name that `options.agent` of a message chooses."),
    default_agent: z
      .string()
      .default("default")
      .describe("The agent that answers where nobody chose one. `default` exists by itself and may be redefined."),
    tools: z.array(AnyTool).default([]).describe("Your own tools, made by `defineTool`, beside the built-in ones."),
    permissions: z
      .array(Rule)
      .default([])
      .describe(
        "What happens to calls: `deny` beats `ask` beats `allow`. What no rule speaks of is the tool's to say.",
      ),
    sandbox: Sandbox.prefault({}).describe("Where `bash` runs its commands."),
    fetch_url: FetchUrl.default({}).describe("What the tool of that name may reach. It asks a person besides."),
    mcp: z
      .record(ServerName, mcpServerSchema(environment))
      .default({})
      .describe("MCP servers, by name: programs or addresses. Their tools are called `name__tool`."),
    attachments: Attachments.prefault({}).describe("Images and text files that people send with messages."),
    limits: Limits.default({}).describe("Where a run is broken off, or a person is asked whether it goes on."),
    compaction: Compaction.default({}).describe("When and how far a long conversation is summarised."),
    hooks: Hooks.default({}).describe("Your own code in a run's stream."),
    log_files: z
      .boolean()
      .default(true)
      .describe(
        "Whether each run writes a file of what it did to `runs/` in the data folder. `MILLRACE_LOG_FILES` comes before it.",
      ),
    log_file_days: z.number().positive().default(30).describe("Days for which these files are kept."),
    log_file_mib: z.number().positive().default(1_024).describe("MiB of them that are kept: the oldest go first."),
    telemetry: Telemetry.prefault({}).describe(
      "OpenTelemetry spans of runs, model calls and tool calls. Without an endpoint nothing is sent, or even loaded.",
    ),
    workspace: z
      .string()
      .min(1)
      .optional()
      .describe("The folder that the tools see, relative to this file. `MILLRACE_WORKSPACE` comes before it."),
    interaction_timeout_s: z
      .number()
      .positive()
      .optional()
      .describe("Seconds for which a question waits until it counts as denied: for ever by default."),
  });
}

/** The configuration as it is written. */
export type MillraceConfig = z.input<ReturnType<typeof configSchema>>;
/** The configuration with its defaults, and its secrets as texts. */
export type Config = z.output<ReturnType<typeof configSchema>>;
export type ProviderConfig = Config["providers"][string];
export type ModelConfig = Config["models"][number];
export type AgentConfig = Config["agents"][string];
export type LimitsConfig = Config["limits"];

/** What holds without a configuration. */
export const NO_CONFIG: Config = configSchema({}).parse({});

/** For `millrace.config.ts`: gives an editor the types. What is wrong is said when the gateway starts. */
export function defineConfig(config: MillraceConfig): MillraceConfig {
  return config;
}

function isFlow(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getRuntimeStream" in value;
}

function isTool(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, description, parameters, execute } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof description === "string" &&
    typeof parameters === "object" &&
    typeof execute === "function"
  );
}
