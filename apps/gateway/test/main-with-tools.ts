import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { defineTool, type Tool } from "@millrace/agent";
import { bashTool } from "@millrace/tools";
import { z } from "zod";
import { NO_CONFIG } from "../src/config/schema.ts";
import { readSettings, startGateway } from "../src/index.ts";

/** The gateway's main program, but with tools that count their calls in a file, wait for ever, or ask people. */
const settings = readSettings(process.env, import.meta.dirname);
const marked = (): void => appendFileSync(join(settings.data_dir, "marks"), "x");

const mark = defineTool({
  name: "mark",
  description: "Makes a mark.",
  parameters: z.object({ wait: z.boolean().optional() }),
  execute: async ({ wait = false }, { output }) => {
    marked();
    output("marked");
    // Deaf to its signal: the worst tool there is.
    if (wait) await new Promise(() => setInterval(() => {}, 1_000));
    return { content: "marked" };
  },
});
const carefulMark = defineTool({
  name: "careful_mark",
  description: "Makes a mark if a person allows it.",
  parameters: z.object({ what: z.string() }),
  permission: { default: "ask", subjects: ({ what }) => [what], remembered: ({ what }) => what },
  execute: async () => {
    marked();
    return { content: "marked" };
  },
});
const askUser = defineTool({
  name: "ask_user",
  description: "Asks.",
  parameters: z.object({ what: z.string() }),
  only_asks: true,
  execute: async ({ what }, { ask }) => {
    const { answer } = await ask({ kind: "question", content: what, options: [] });
    return { content: `They said ${answer}.` };
  },
});

/** As bash is where there is no sandbox. */
const hostBash = {
  ...bashTool({
    workspace: settings.workspace,
    sandbox: {
      available: async () => ({ ok: false, why: "None." }),
      spawn: () => Promise.reject(new Error("There is no sandbox.")),
    },
  }),
  name: "host_bash",
};

const { TEST_TOOL_CALLS } = process.env;
const limits = TEST_TOOL_CALLS === undefined ? {} : { tool_calls: Number(TEST_TOOL_CALLS) };
const tools = [mark, carefulMark, askUser, hostBash] as Tool[];
const gateway = await startGateway({ ...settings, config: { ...(settings.config ?? NO_CONFIG), limits } }, { tools });
process.stdout.write(`listening on ${gateway.url}\n`);
process.on("SIGTERM", () => void gateway.close().then(() => process.exit(0)));
