import { z } from "zod";
import { defineTool, type Tool } from "../tool.ts";

/** Always 5. */
export const add: Tool = defineTool({
  name: "add",
  description: "",
  parameters: z.object({}),
  execute: async () => ({ content: "5" }),
});

/** Hands a task on and tells what came of it. */
export const run_agent: Tool = defineTool({
  name: "run_agent",
  description: "",
  parameters: z.object({}),
  execute: async (_, { delegate }) => ({ content: (await delegate({ task: "look" })).content }),
});
