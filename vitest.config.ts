import { defineConfig } from "vitest/config";

/** `unit` needs nothing but the code; `integration` starts servers and processes on loopback. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,apps}/*/src/**/*.test.{ts,tsx}", "docs/test/*.test.ts", "e2e/kit/*.test.ts"],
          exclude: ["**/*.int.test.ts"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["{packages,apps}/*/{src,test}/**/*.int.test.ts", "e2e/**/*.int.test.ts", "docs/test/*.int.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          // These wait for real clocks, sockets and processes: on a busy machine of others one may be late once.
          retry: process.env.CI === undefined ? 0 : 1,
        },
      },
    ],
  },
});
