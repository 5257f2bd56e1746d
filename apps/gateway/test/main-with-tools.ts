import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";
import { readSettings, startGateway } from "../src/index.ts";

/** The gateway's main program, but with one tool that counts its calls in a file and can wait for ever. */
const settings = readSettings(process.env, import.meta.dirname);
const mark = defineTool({
  name: "mark",
  description: "Makes a mark.",
  parameters: z.object({ wait: z.boolean().optional() }),
  execute: async ({ wait = false }, { output }) => {
    appendFileSync(join(settings.data_dir, "marks"), "x");
    output("marked");
    // Deaf to its signal: the worst tool there is.
    if (wait) await new Promise(() => setInterval(() => {}, 1_000));
    return { content: "marked" };
  },
});
const gateway = await startGateway(settings, { tools: [mark as Tool] });
process.stdout.write(`listening on ${gateway.url}\n`);
process.on("SIGTERM", () => void gateway.close().then(() => process.exit(0)));
