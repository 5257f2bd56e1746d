import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);

it("a loop of 1,000,000 turns runs in a heap of 24 MiB", async () => {
  const { stdout } = await run(
    process.execPath,
    ["--max-old-space-size=24", join(import.meta.dirname, "long-loop.ts"), "1000000"],
    { timeout: 50_000 },
  );
  expect(stdout).toBe("0");
}, 60_000);
