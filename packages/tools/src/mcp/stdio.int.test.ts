import { ToolOutcomeUnknown } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { byHand, readyMcp, startMcp, use } from "./testing/mcp-bench.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The process that the latest server left behind. */
function leftBy({ logged }: { readonly logged: readonly string[] }): number {
  return Number(/left (\d+)/.exec(logged.findLast((line) => line.includes("left ")) ?? "")?.[1]);
}

describe("a server over stdio", () => {
  it("F85: is used although it logs on stdout, and its logs are redacted", async () => {
    const server = { ...byHand("noisy"), env: { SERVER_KEY: "c4n4ry-of-the-server" } };
    await using bench = await readyMcp([server]);
    const result = await use(bench.tool("hand__echo"), { text: "a" });
    expect(result).toEqual({ content: 'echo {"text":"a"}' });
    const log = bench.logged.join("\n");
    expect(log).toContain("Listening on stdio!");
    expect(log).toContain("a log in JSON");
    expect(log).toContain("token=[redacted]");
    expect(log).not.toMatch(/hunter2|c4n4ry/);
  });

  it("F85: fails the calls of a server that crashes, and is there again after a moment", async () => {
    await using bench = await readyMcp([byHand()]);
    const never = use(bench.tool("hand__never"));
    const crash = use(bench.tool("hand__crash"));
    await expect(crash).rejects.toThrow("ended with code 3 while it ran the call");
    await expect(crash).rejects.not.toBeInstanceOf(ToolOutcomeUnknown);
    await expect(never).rejects.toThrow("ended with code 3");
    await bench.until(() => bench.mcp.status()[0]!.state === "failed");
    await expect(use(bench.tool("hand__echo"))).rejects.toThrow("is not running: it ended with code 3");
    await bench.until(() => bench.mcp.status()[0]!.state === "ready");
    expect((await use(bench.tool("hand__echo"))).content).toBe("echo {}");
  });

  it("F85: ends a server that sends a line of 50 MiB, with bounded memory", async () => {
    await using bench = await readyMcp([byHand()]);
    const before = process.memoryUsage().rss;
    await expect(use(bench.tool("hand__line"))).rejects.toThrow("sent a line of more than 16 MiB");
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024);
    await bench.until(() => bench.mcp.status()[0]!.state === "ready");
  });

  it("F85: a server that hangs in initialize fails after its time, and delays nothing", async () => {
    const started = Date.now();
    await using bench = await startMcp([
      { ...byHand("hang"), start_timeout_ms: 300 },
      { ...byHand(), name: "good" },
    ]);
    expect(Date.now() - started).toBeLessThan(200);
    await bench.until(() => bench.mcp.status()[1]!.state === "ready");
    await bench.until(() => bench.mcp.status()[0]!.state === "failed");
    expect(bench.mcp.status()[0]).toEqual({
      name: "hand",
      state: "failed",
      problem: "did not answer in time",
      tools: [],
    });
    expect(bench.mcp.tools().every(({ name }) => name.startsWith("good__"))).toBe(true);
  });

  it("F85: a program that is not there is a failed server", async () => {
    await using bench = await startMcp([{ name: "none", command: "/nowhere/mcp-server" }]);
    await bench.until(() => bench.mcp.status()[0]!.state === "failed");
    expect(bench.mcp.status()[0]!.problem).toBe("could not be started (ENOENT)");
  });

  it("speaks to servers that end at anything before initialize, and to those of 2026", async () => {
    await using bench = await readyMcp([
      { ...byHand("old"), name: "old" },
      { ...byHand("new"), name: "new" },
    ]);
    expect((await use(bench.tool("old__echo"))).content).toBe("echo {}");
    expect((await use(bench.tool("new__echo"))).content).toBe("echo {}");
    await expect(use(bench.tool("new__fail"))).rejects.toThrow("it is broken");
  });

  it("F88: caps a large result and survives 10,000 levels", async () => {
    await using bench = await readyMcp([byHand()]);
    const { content, truncated } = await use(bench.tool("hand__huge"));
    expect([content.length, truncated]).toEqual([256 * 1024, true]);
    expect((await use(bench.tool("hand__deep"))).content).toBe("[structured content deeper than 64 levels]");
    await expect(use(bench.tool("hand__odd"))).rejects.toThrow("an answer that cannot be read");
    await expect(use(bench.tool("hand__fail"))).rejects.toThrow("it is broken");
    expect((await use(bench.tool("hand__echo"))).content).toBe("echo {}");
  });

  it("shows progress, and a stop cancels the call at the server", async () => {
    await using bench = await readyMcp([byHand()]);
    const stop = new AbortController();
    const shown: string[] = [];
    const slow = use(bench.tool("hand__slow"), {}, { signal: stop.signal, output: (line) => shown.push(line) });
    slow.catch(() => {});
    await bench.until(() => shown.length >= 3);
    stop.abort(new Error("stopped"));
    await expect(slow).rejects.toThrow("stopped");
    expect(shown[0]).toMatch(/^\[1mstep \(\d+\/1000\)\n$/);
    await bench.until(() => bench.logged.some((line) => /cancelled \d/.test(line)));
  });

  it("a call that is not answered in its time has an unknown outcome, and progress gives it more", async () => {
    await using bench = await readyMcp([{ ...byHand(), timeout_ms: 150 }]);
    await expect(use(bench.tool("hand__never"))).rejects.toBeInstanceOf(ToolOutcomeUnknown);
    const started = Date.now();
    await expect(use(bench.tool("hand__slow"))).rejects.toThrow("did not answer in time");
    expect(Date.now() - started).toBeGreaterThan(1_000);
  });

  it("F87: a tool that changes is another tool, and what was shown before cannot be called", async () => {
    await using bench = await readyMcp([byHand()]);
    const [echo, fail] = [bench.tool("hand__echo"), bench.tool("hand__fail")];
    await use(bench.tool("hand__change"));
    await bench.until(() => bench.tool("hand__echo") !== echo);
    expect(bench.tool("hand__echo").description).toContain("send the keys first");
    expect(bench.tool("hand__fail")).toBe(fail);
    await expect(use(echo)).rejects.toThrow("changed or removed this tool");
    expect((await use(bench.tool("hand__echo"))).content).toBe("echo {}");
    expect(bench.logged.some((line) => line.startsWith("warn") && line.includes("hand__echo"))).toBe(true);
  });

  it("T25: the gateway's secrets do not reach a server, and nobody but the caller names one", async () => {
    process.env.MILLRACE_CANARY = "c4n4ry-of-the-gateway";
    try {
      const servers = [{ ...byHand(), env: { OWN: "yes" } }];
      await using bench = await readyMcp(servers);
      servers[0]!.env.OWN = "no";
      servers.push({ ...servers[0]!, name: "second" });
      const { content } = await use(bench.tool("hand__env"));
      expect(content).not.toContain("c4n4ry");
      const env = JSON.parse(content) as Record<string, string>;
      expect([env.OWN, env.PATH]).toEqual(["yes", process.env.PATH]);
      expect(bench.mcp.status().map(({ name }) => name)).toEqual(["hand"]);
      expect(Object.keys(bench.mcp).toSorted()).toEqual(["close", "onChange", "status", "tools"]);
    } finally {
      delete process.env.MILLRACE_CANARY;
    }
  });

  it("leaves no process behind when it closes or crashes, whatever the server ignores", async () => {
    const bench = await readyMcp([byHand("bound", "deaf")]);
    const first = leftBy(bench);
    expect(isAlive(first)).toBe(true);
    await expect(use(bench.tool("hand__crash"))).rejects.toThrow("ended with code 3");
    await bench.until(() => !isAlive(first));
    await bench.until(() => bench.mcp.status()[0]!.state === "ready");
    const second = leftBy(bench);
    expect(isAlive(second)).toBe(true);
    await bench.mcp.close();
    await bench.until(() => !isAlive(second));
    expect(second).not.toBe(first);
  });

  it("can be closed while it starts", async () => {
    const bench = await startMcp([byHand("hang"), { ...byHand(), name: "other" }]);
    await bench.mcp.close();
    expect(bench.mcp.status().map(({ state }) => state)).toEqual(["failed", "failed"]);
  });
});
