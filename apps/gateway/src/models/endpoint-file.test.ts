import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EndpointFile } from "./endpoint-file.ts";

let data_dir: string;
let aside: string[];
beforeEach(() => {
  data_dir = mkdtempSync(join(tmpdir(), "millrace-endpoints-"));
  aside = [];
});
afterEach(() => rmSync(data_dir, { recursive: true, force: true }));

const KEY = "canary-endpoint-key-77aa";
const endpoint = {
  name: "mine",
  base_url: "http://127.0.0.1:9/v1",
  api_key: KEY,
  models: [{ id: "m", context: 8_000 }],
};
const opened = (): EndpointFile =>
  new EndpointFile(
    data_dir,
    (path) => aside.push(path),
    () => 5,
  );
const path = (): string => join(data_dir, "endpoints.json");

describe("EndpointFile", () => {
  it("HTTP-13 T24: what was written is there after a restart, in a file that nobody else reads", async () => {
    expect(opened().read()).toEqual([]);
    await opened().write([endpoint]);
    expect(opened().read()).toEqual([endpoint]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path()}.new`)).toBe(false);
  });

  it("takes the rights away that an earlier file of the next name had", async () => {
    writeFileSync(`${path()}.new`, "", { mode: 0o644 });
    await opened().write([endpoint]);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it.each([
    `{"version":1,"endpoints":[{"api_key":"${KEY}`,
    JSON.stringify({ version: 1, endpoints: [{ ...endpoint, base_url: "ftp://127.0.0.1" }] }),
    JSON.stringify({ version: 1, endpoints: [{ ...endpoint, models: [] }] }),
    JSON.stringify({ version: 2, endpoints: [] }),
    "",
  ])("a damaged one is put aside whole, and whoever hears of it hears no key: %#", (text) => {
    writeFileSync(path(), text);
    expect(opened().read()).toEqual([]);
    expect(aside).toEqual([`${path()}.damaged-5`]);
    expect(readFileSync(`${path()}.damaged-5`, "utf8")).toBe(text);
    expect(readdirSync(data_dir)).toHaveLength(1);
  });

  it("one that cannot be read stops the start: it would be overwritten", () => {
    mkdirSync(path());
    expect(() => opened().read()).toThrow("endpoints.json in the data folder cannot be read (EISDIR).");
  });
});
