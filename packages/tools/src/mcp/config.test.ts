import { describe, expect, it } from "vitest";
import { checkServers, type McpServer } from "./config.ts";

const url = (address: string): McpServer => ({ name: "a", url: address });

describe("checkServers", () => {
  it("takes commands and URLs, private addresses too", () => {
    const servers: McpServer[] = [
      { name: "files", command: "npx", args: ["-y", "server"], env: { A: "b" }, cwd: "/srv", allow: ["read"] },
      { name: "my-local_1", url: "http://10.0.0.1:8080/mcp?x=1", headers: { Authorization: "Bearer x" } },
      { name: "v6", url: "https://[::1]/mcp", timeout_ms: 5, start_timeout_ms: 5 },
    ];
    expect(checkServers(servers)).toEqual(servers);
  });

  it("T22: refuses what is not http(s), and credentials in a URL", () => {
    for (const address of ["ftp://a/", "file:///etc/passwd", "javascript:1", "http://u:p@a/", "http://u@a/", "a", ""]) {
      expect(() => checkServers([url(address)]), address).toThrow("http or https");
    }
  });

  it("refuses names that could be confused with another's", () => {
    for (const name of ["", "a__b", "a_", "_a", "-a", "a b", "a.b", "ä", "x".repeat(33), "a\n"]) {
      expect(() => checkServers([{ name, command: "x" }]), name).toThrow("is not valid");
    }
    expect(() => checkServers([url("http://a/"), { name: "A", command: "x" }])).toThrow("Two MCP servers");
  });

  it("refuses what it does not know, and headers that are none", () => {
    expect(() => checkServers([{ name: "a", command: "x", url: "http://a/" } as McpServer])).toThrow("is not valid");
    expect(() => checkServers([{ name: "a", url: "http://a/", headers: { a: "b\r\nc: d" } }])).toThrow("HTTP headers");
    expect(() => checkServers([{ name: "a", command: "x", timeout_ms: 0 }])).toThrow("is not valid");
  });

  it("T25: is a copy, which nobody can change afterwards to run another command", () => {
    const server = { name: "a", command: "x", args: ["1"], env: { A: "b" } };
    const checked = checkServers([server]);
    server.command = "y";
    server.args.push("2");
    server.env.A = "c";
    expect(checked).toEqual([{ name: "a", command: "x", args: ["1"], env: { A: "b" } }]);
  });
});
