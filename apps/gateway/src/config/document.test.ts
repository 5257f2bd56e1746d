import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { documentConfig } from "./document.ts";

const PAGE = resolve(import.meta.dirname, "../../../../docs/configuration.md");

it("docs/configuration.md is what the schema says: else run npm run docs:config -w @millrace/gateway", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(documentConfig());
});

it("says something of every setting that is not self-explaining", () => {
  const empty = documentConfig()
    .split("\n")
    .filter((line) => /^\| `[^|]*\|[^|]*\| *(?:Required\.)? *\|$/.test(line))
    .map((line) => line.split("`")[1]);
  expect(empty).toEqual(["models[].thinking.enabled", "permissions[].action"]);
});
