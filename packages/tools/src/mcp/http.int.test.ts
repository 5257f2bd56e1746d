import { ToolOutcomeUnknown } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { httpServer } from "./testing/http-server.ts";
import { readyMcp, startMcp, use } from "./testing/mcp-bench.ts";

describe.each(["2025", "2026"] as const)("a server over HTTP that speaks the protocol of %s", (era) => {
  it("F86: a stream that breaks or ends before the answer has an unknown outcome, and the call is not sent again", async () => {
    await using server = await httpServer(era);
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    for (const name of ["break", "end", "hang_up"]) {
      const call = use(bench.tool(`web__${name}`));
      await expect(call, name).rejects.toBeInstanceOf(ToolOutcomeUnknown);
      await expect(call, name).rejects.toThrow("verify the current state");
      await bench.until(() => bench.mcp.status()[0]!.state === "ready");
      expect((await use(bench.tool("web__echo"))).content).toBe("echo");
      expect(server.requests.filter(({ what }) => what === `POST tools/call ${name}`)).toHaveLength(1);
    }
  });

  it("F86: tells a refused call from one whose outcome is unknown", async () => {
    await using server = await httpServer(era);
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    await expect(use(bench.tool("web__busy"))).rejects.toBeInstanceOf(ToolOutcomeUnknown);
    const wrong = use(bench.tool("web__wrong"));
    await expect(wrong).rejects.toThrow("HTTP 400");
    await expect(wrong).rejects.not.toBeInstanceOf(ToolOutcomeUnknown);
  });

  it("T22 T27: follows no redirect to another host, and takes no token there", async () => {
    await using other = await httpServer(era);
    await using server = await httpServer(era, other.url.replace("127.0.0.1", "localhost"));
    await using near = await httpServer(era, other.url);
    await using bench = await readyMcp([
      { name: "far", url: server.url, headers: { Authorization: "Bearer far-c4n4ry" } },
      { name: "near", url: near.url, headers: { Authorization: "Bearer near-c4n4ry" } },
    ]);
    for (const name of ["far__away", "far__post", "near__away", "near__post"]) {
      await expect(use(bench.tool(name)), name).rejects.toThrow(/HTTP 30[37]/);
    }
    expect(other.requests).toEqual([]);
  });

  it("T27: sends each server its own token, and logs none", async () => {
    await using one = await httpServer(era);
    await using two = await httpServer(era);
    await using bench = await readyMcp([
      { name: "one", url: one.url, headers: { Authorization: "Bearer one-c4n4ry" } },
      { name: "two", url: two.url, headers: { "X-Key": "two-c4n4ry" } },
    ]);
    await use(bench.tool("one__echo"));
    await use(bench.tool("two__echo"));
    expect(new Set(one.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer one-c4n4ry"]));
    expect(one.requests.every(({ headers }) => headers["x-key"] === undefined)).toBe(true);
    expect(new Set(two.requests.map(({ headers }) => headers["x-key"]))).toEqual(new Set(["two-c4n4ry"]));
    expect(two.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(bench.logged.join("\n")).not.toContain("c4n4ry");
  });

  it("F88: ends a connection over which a message of more than 16 MiB comes", async () => {
    await using server = await httpServer(era);
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    for (const name of ["web__event", "web__json"]) {
      await expect(use(bench.tool(name)), name).rejects.toThrow("sent a message of more than 16 MiB");
      await bench.until(() => bench.mcp.status()[0]!.state === "failed");
      await bench.until(() => bench.mcp.status()[0]!.state === "ready");
    }
    expect((await use(bench.tool("web__echo"))).content).toBe("echo");
  });

  it("F88: survives 10,000 levels", async () => {
    await using server = await httpServer(era);
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    expect((await use(bench.tool("web__deep"))).content).toBe("[structured content deeper than 64 levels]");
  });

  it("closes the request of a stopped call", async () => {
    await using server = await httpServer(era);
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    const stop = new AbortController();
    const call = use(bench.tool("web__never"), {}, { signal: stop.signal });
    call.catch(() => {});
    await bench.until(() => server.requests.some(({ what }) => what === "POST tools/call never"));
    stop.abort(new Error("stopped"));
    await expect(call).rejects.toThrow("stopped");
    await bench.until(() => server.left.length > 0);
    const cancelled = server.requests.filter(({ what }) => what === "POST notifications/cancelled");
    expect(cancelled).toHaveLength(era === "2025" ? 1 : 0);
  });
});

describe("a server over HTTP", () => {
  it("is asked again when it has forgotten the session, or was away", async () => {
    await using server = await httpServer("2025");
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    server.forget();
    const call = use(bench.tool("web__echo"));
    await expect(call).rejects.toThrow("HTTP 404");
    await expect(call).rejects.not.toBeInstanceOf(ToolOutcomeUnknown);
    await bench.until(() => bench.mcp.status()[0]!.state === "failed");
    await bench.until(() => bench.mcp.status()[0]!.state === "ready");
    expect((await use(bench.tool("web__echo"))).content).toBe("echo");
  });

  it("that is not there has failed, and a call of one that went away did nothing", async () => {
    const server = await httpServer("2025");
    await using bench = await readyMcp([{ name: "web", url: server.url }]);
    const echo = bench.tool("web__echo");
    await server[Symbol.asyncDispose]();
    await expect(use(echo)).rejects.toThrow("cannot be reached (ECONNREFUSED): nothing was done");
    await bench.until(() => bench.mcp.status()[0]!.state === "failed");
    expect(bench.mcp.status()[0]!.problem).toContain("cannot be reached (ECONNREFUSED)");
    await expect(use(echo)).rejects.toThrow("is not running");
  });

  it("T22: is refused where its URL is not http(s)", async () => {
    await expect(startMcp([{ name: "web", url: "file:///etc/passwd" }])).rejects.toThrow("http or https");
  });
});
