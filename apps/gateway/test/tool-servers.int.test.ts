import { resolve } from "node:path";
import { reply, type ScriptedModel, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { eventually } from "./within.ts";

const SECRET = "canary-mcp-8d1f0c44";
const SERVER = resolve(import.meta.dirname, "../../../packages/tools/src/mcp/testing/stdio-server.ts");
/** Refuses whoever speaks to it, and repeats what it was given to keep. */
const REFUSING = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id } = JSON.parse(line);
  const error = { code: -32000, message: "no entry with " + process.env.MY_TOKEN };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, error }));
});`;

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({ responder: () => reply("Hi.") });
});
afterAll(() => model.close());

interface Answer {
  readonly tools: readonly { readonly name: string }[];
  readonly servers: readonly { readonly name: string; readonly state: string; readonly reason?: string }[];
}

describe("GET /api/v1/tools", () => {
  it("F85 T24 HTTP-8: says of each MCP server whether it is there and why not, and holds no secret", async () => {
    const command = process.execPath;
    await using gateway = await ConfiguredGateway.start({
      config: {
        mcp: {
          good: { command, args: [SERVER], env: { MY_TOKEN: SECRET } },
          slow: { command, args: [SERVER, "hang"] },
          gone: { command: "/nowhere/to-be-found", args: [`--token=${SECRET}`] },
          refusing: { command, args: ["-e", REFUSING], env: { MY_TOKEN: SECRET } },
          far: { url: "http://127.0.0.1:2/mcp", headers: { Authorization: `Bearer ${SECRET}` } },
        },
      },
      env: { OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "m" },
    });
    let answer: Answer = { tools: [], servers: [] };
    const stateOf = (name: string) => answer.servers.find((server) => server.name === name);
    // A server that fails is tried again: each is seen failed sooner or later.
    const reasons = new Map<string, string>();
    await eventually(async () => {
      answer = (await gateway.http.get("/api/v1/tools")).json as Answer;
      for (const { name, state, reason } of answer.servers) if (state === "failed") reasons.set(name, reason ?? "");
      return stateOf("good")?.state === "connected" && reasons.size >= 3;
    }, "the servers' states");
    expect(answer.servers.map(({ name }) => name)).toEqual(["good", "slow", "gone", "refusing", "far"]);
    expect(stateOf("slow")).toEqual({ name: "slow", state: "connecting" });
    expect(reasons.get("gone")).toMatch(/ENOENT|start/);
    expect(reasons.get("far")).toMatch(/ECONNREFUSED|reached/);
    expect(reasons.get("refusing")).toContain("no entry with [redacted]");
    expect(answer.tools.some(({ name }) => name === "good__echo")).toBe(true);
    expect(JSON.stringify([answer, [...reasons]])).not.toContain(SECRET);
  }, 30_000);

  it("HTTP-8: has no servers where none is configured", async () => {
    await using gateway = await ConfiguredGateway.start({
      config: {},
      env: { OPENAI_BASE_URL: model.url, MILLRACE_MODEL: "m" },
    });
    expect((await gateway.http.get("/api/v1/tools")).json).toMatchObject({ servers: [] });
  });
});
