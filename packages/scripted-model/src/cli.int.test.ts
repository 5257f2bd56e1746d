import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const CLI = join(import.meta.dirname, "cli.ts");
const RECORDING = join(import.meta.dirname, "..", "fixtures", "timed.jsonl");

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI; once it listens, calls `use` with its URL and then ends it by SIGTERM. */
async function run(args: readonly string[], use: (url: string) => Promise<void> = async () => {}): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (part) => {
    stderr += part;
  });
  const listening = new Promise<string | undefined>((resolve) => {
    child.stdout.on("data", (part) => {
      stdout += part;
      const url = /listening on (\S+)\n/u.exec(stdout)?.[1];
      if (url !== undefined) {
        resolve(url);
      }
    });
    child.once("close", () => resolve(undefined));
  });
  const closed = once(child, "close");
  const url = await listening;
  try {
    if (url !== undefined) {
      await use(url);
    }
  } finally {
    child.kill("SIGTERM");
  }
  const [code] = await closed;
  return { code, stdout, stderr };
}

async function ask(url: string, model: string, content: string): Promise<string> {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content }] });
  return (await fetch(`${url}/chat/completions`, { method: "POST", body })).text();
}

describe("the command line", () => {
  it("serves the demo and ends with 0 on SIGTERM", async () => {
    let answer = "";
    const { code, stdout, stderr } = await run(["--port", "0", "--demo", "--pace", "0"], async (url) => {
      answer = await ask(url, "millrace-demo", "hello");
    });
    expect(answer).toContain("language");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^scripted-model listening on http:\/\/127\.0\.0\.1:\d+\/v1\n$/u);
  });

  it("serves a recording", async () => {
    let answer = "";
    const { code } = await run(["--port", "0", "--recording", RECORDING, "--fast"], async (url) => {
      answer = await ask(url, "anything", "hello");
    });
    expect(answer).toContain("and steady");
    expect(code).toBe(0);
  });

  it.each([
    [["--port", "x"], "--port"],
    [["--port", "70000"], "--port"],
    [["--pace", "-1"], "--pace"],
    [["--nonsense"], "nonsense"],
    [["--demo", "--recording", RECORDING], "exclude"],
    [["--fast"], "--recording"],
    [["--recording", "absent.jsonl"], "absent.jsonl"],
  ])("says in one line what is wrong with %j and ends with 2", async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
