import { expect, it } from "vitest";
import { toolGroups } from "./tool-groups.ts";

it("puts tools under their server, the gateway's own first", () => {
  const tools = ["github__search", "bash", "calendar__add", "read_file", "github__open"].map((name) => ({
    name,
    description: "",
  }));
  expect(toolGroups(tools).map(({ server, tools: own }) => [server, own.map(({ name }) => name)])).toEqual([
    [null, ["bash", "read_file"]],
    ["calendar", ["calendar__add"]],
    ["github", ["github__search", "github__open"]],
  ]);
  expect(toolGroups([])).toEqual([]);
});
