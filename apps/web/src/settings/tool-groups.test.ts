import { expect, it } from "vitest";
import { toolGroups } from "./tool-groups.ts";

it("puts tools under their server, the gateway's own first", () => {
  const tools = ["github__search", "bash", "calendar__add", "read_file", "github__open"].map((name) => ({
    name,
    description: "",
  }));
  expect(
    toolGroups({ tools, servers: [] }).map(({ server, tools: own }) => [server, own.map(({ name }) => name)]),
  ).toEqual([
    [null, ["bash", "read_file"]],
    ["calendar", ["calendar__add"]],
    ["github", ["github__search", "github__open"]],
  ]);
  expect(toolGroups({ tools: [], servers: [] })).toEqual([]);
});

it("shows each server with its state, also one that has no tools", () => {
  const failed = { name: "calendar", state: "failed", reason: "cannot be reached (ECONNREFUSED)" } as const;
  const connected = { name: "github", state: "connected" } as const;
  const tools = ["bash", "github__search"].map((name) => ({ name, description: "" }));
  expect(toolGroups({ tools, servers: [connected, failed] })).toMatchObject([
    { server: null, status: null },
    { server: "calendar", status: failed, tools: [] },
    { server: "github", status: connected, tools: [{ name: "github__search" }] },
  ]);
});
