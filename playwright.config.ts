import { defineConfig } from "@playwright/test";
import { chromiumPath } from "./scripts/chromium.mjs";

const executablePath = chromiumPath();
const { CI: ci, PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile } = process.env;

/** Every spec starts its own gateway on a port of its own: nothing runs before them, nothing is shared. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: ci !== undefined,
  // On a busy machine of others a test may be late once; the closing table counts how many were tried again.
  retries: ci === undefined ? 0 : 1,
  workers: 2,
  timeout: 60_000,
  reporter: reportFile === undefined ? [["list"]] : [["list"], ["json", { outputFile: reportFile }]],
  use: {
    trace: "retain-on-failure",
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    {
      name: "desktop",
      testIgnore: "**/*.phone.spec.ts",
      use: { browserName: "chromium", viewport: { width: 1280, height: 800 } },
    },
    {
      name: "phone",
      testMatch: "**/*.phone.spec.ts",
      use: { browserName: "chromium", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    },
  ],
});
