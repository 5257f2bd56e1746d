import { defineConfig } from "@millrace/gateway";

/** The server's tool is called `moon__moon_phase`. It asks before its first call, unless a rule allows it. */
export default defineConfig({
  mcp: {
    moon: { command: process.execPath, args: ["server.ts"] },
  },
  permissions: [{ tool: "moon__*", action: "allow" }],
});
