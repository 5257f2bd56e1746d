import { z } from "zod";
import { Milliseconds, Url } from "./model-schema.ts";
import { type Environment, secretSchema } from "./secret.ts";

const common = {
  allow: z.array(z.string()).optional().describe("The only tools of it that are offered: all by default."),
  timeout_ms: Milliseconds.optional().describe("Longest duration of a call: 60 s by default."),
};

/** An MCP server: a program that is started, or an address. @param environment where its secrets may be named */
export function mcpServerSchema(environment: Environment) {
  const Secrets = z.record(z.string(), secretSchema(environment));
  const Program = z.strictObject({
    command: z.string().min(1).describe("A program that speaks MCP over its standard input and output."),
    args: z.array(z.string()).default([]).describe("Its arguments."),
    env: Secrets.optional().describe("Its variables, beside PATH and the like. It sees none of the gateway's own."),
    cwd: z.string().optional().describe("The folder it starts in."),
    ...common,
  });
  const Address = z.strictObject({
    url: Url.describe("A server that speaks MCP over streamable HTTP."),
    headers: Secrets.optional().describe("Sent to this server only."),
    ...common,
  });
  return z.union([Program, Address]);
}
