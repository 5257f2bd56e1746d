import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";

/** Hands a task to a sub-agent. */
export function runAgent(): Tool {
  return defineTool({
    name: "run_agent",
    description:
      "Gives a task to a sub-agent, which has the same tools but sees nothing of this conversation: say all it needs to know, and what it should answer. Use it for work whose details you need not keep. Answers with its last words.",
    parameters: z.object({
      task: z.string().min(1).max(50_000),
      agent: z.string().min(1).max(100).optional().describe("Name of a configured agent; this one by default"),
    }),
    permission: "allow",
    execute: async ({ task, agent }, context) => {
      const { ok, content, usage, steps } = await context.delegate({ task, agent });
      // Not thrown: what was used would be lost.
      const told = ok ? content || "(The sub-agent answered nothing.)" : `The sub-agent failed: ${content}`;
      return { content: `${told}\n\n[${steps} ${steps === 1 ? "step" : "steps"}.]`, usage, steps };
    },
  });
}
