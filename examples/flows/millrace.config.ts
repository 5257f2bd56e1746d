// MILLRACE_CONFIG=examples/flows/millrace.config.ts npm start, then choose the agent "report".
import { defineConfig } from "@millrace/gateway";
import { report } from "./report.ts";

export default defineConfig({
  agents: {
    report: {
      description: "A flow: asks, has agents look, and writes what they found.",
      flow: report,
      system: "Answer in two plain sentences.",
      tools: ["current_time", "search_files", "read_file"],
      limits: { time_s: 600 },
    },
  },
});
