import { defineConfig } from "@millrace/gateway";

export default defineConfig({
  agents: {
    // "default" answers where a message names no agent.
    default: {
      description: "Answers, and hands reading over to the reader.",
      system:
        "You are a helpful agent. Let the agent `reader` read files for you: run_agent with its name and a clear task.",
    },
    reader: {
      description: "Reads the workspace's files and reports. Changes nothing.",
      system: "You read files and report what they say, with their paths. Answer in the language of the task.",
      tools: ["list_files", "read_file", "search_files"],
      max_steps: 15,
      limits: { tokens: 200_000, time_s: 300 },
    },
  },
  permissions: [
    { tool: "read_file", pattern: "*.pem", action: "deny" },
    { tool: "edit_file", pattern: "docs/*", action: "allow" },
    { tool: "bash", pattern: "npm test", action: "allow" },
  ],
  limits: { tokens: 1_000_000, time_s: 1_200 },
});
