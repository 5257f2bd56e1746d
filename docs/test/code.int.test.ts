import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { loadConfig } from "@millrace/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGES } from "../pages.ts";
import { BLOCKS, ROOT } from "./site.ts";
import { fileOf, isCode, Workbench } from "./workbench.ts";

const bench = new Workbench();
const pages = PAGES.map(({ path }) => ({ path, blocks: (BLOCKS.get(path) ?? []).filter(isCode) }));
let complaints = "";

beforeAll(async () => {
  const files = pages.flatMap(({ path, blocks }) =>
    blocks.map((block) => bench.write(join(path, fileOf(block)), block.code)),
  );
  const project = {
    extends: resolve(ROOT, "docs/tsconfig.json"),
    compilerOptions: { jsx: "react-jsx", noUnusedLocals: false, types: ["node", "react"] },
    include: [],
    files,
  };
  const config = bench.write("tsconfig.json", JSON.stringify(project));
  const tsc = resolve(ROOT, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [tsc, "--noEmit", "-p", config], { cwd: bench.folder });
  complaints = await run.then(
    () => "",
    ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
  );
}, 120_000);
afterAll(() => bench[Symbol.dispose]());

describe.each(pages.filter(({ blocks }) => blocks.length > 0))("$path", ({ path, blocks }) => {
  it("has code that compiles", () => {
    const own = complaints.split("\n").filter((line) => line.startsWith(`${path}/`));
    expect(own).toEqual([]);
  });

  const configs = blocks.filter(({ code }) => code.includes("export default defineConfig("));
  if (configs.length > 0) {
    it("has configurations that the gateway takes", async () => {
      for (const block of configs) {
        const file = join(bench.folder, path, fileOf(block));
        await expect(loadConfig({ ...KEYS, MILLRACE_CONFIG: file }, bench.folder)).resolves.toHaveProperty(
          "file",
          file,
        );
      }
    });
  }
});

it("the compiler has said nothing of anything else", () => {
  const places = pages.map(({ path }) => `${path}/`);
  const other = complaints.split("\n").filter((line) => line !== "" && !places.some((place) => line.startsWith(place)));
  expect(other.filter((line) => !line.startsWith(" "))).toEqual([]);
});

/** Any will do: nothing is asked here. */
const KEYS = { DASHSCOPE_API_KEY: "a", OPENAI_API_KEY: "b", DOCS_TOKEN: "c" };
