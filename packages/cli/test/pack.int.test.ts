import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { reply } from "@millrace/scripted-model";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestGateway, testGateway } from "./gateway.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../../..");
const require = createRequire(import.meta.url);

const CONSUMER = `
import { collect, MillraceClient } from "@millrace/client";
import { MillraceSseClient } from "@millrace/client/sse";
const url = process.argv[2];
for (const client of [new MillraceClient({ url }), new MillraceSseClient({ url })]) {
  const { text, matches, events } = await collect(client.stream("hello"));
  console.log(text, matches, events.at(-1).type);
  client.close();
}
`;

const TYPED = `
import { collect, MillraceClient, type StreamChunk } from "@millrace/client";
import { MillraceSseClient } from "@millrace/client/sse";
const client: MillraceClient | MillraceSseClient = new MillraceClient({ url: "http://127.0.0.1:8000", token: "t" });
for await (const chunk of client.stream("hi", { maxSteps: 3 })) {
  if (chunk.type === "done") chunk.usage.total_tokens.toFixed();
  // @ts-expect-error a chunk has no such field
  chunk.nothing;
}
const matches: boolean = (await collect(client.stream("hi"))).matches;
const unknown: Extract<StreamChunk, { type: "unknown" }>["event"]["type"] = String(matches);
export { unknown };
`;

let folder: string;
let tarballs: string[];
let gateway: TestGateway | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-pack-"));
  const script = resolve(import.meta.dirname, "../scripts/pack.ts");
  const packed = await run(process.execPath, [script, "--out", folder]);
  tarballs = packed.stdout.trim().split("\n");
  gateway = await testGateway([{ when: "hello", script: reply("Hi there.") }]);
}, 120_000);
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("the packages as they would be published", () => {
  it("are four, and publint finds nothing wrong with them", async () => {
    expect(tarballs).toHaveLength(4);
    for (const tarball of tarballs) {
      const data = readFileSync(tarball);
      const tarballData = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
      const { messages, pkg } = await publint({ pack: { tarball: tarballData }, strict: true });
      expect(
        messages.map((message) => formatMessage(message, pkg)),
        tarball,
      ).toEqual([]);
    }
  });

  it("have types that every module resolution finds", async () => {
    for (const tarball of tarballs.filter((path) => !path.includes("cli"))) {
      const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
      const problems = "problems" in result ? result.problems : ["it has no types"];
      // Old resolutions know no `exports`, and CommonJS reaches an ES module by `import()` alone: both on purpose.
      const left = problems.filter(
        (problem) =>
          typeof problem === "string" ||
          !("resolutionKind" in problem) ||
          (problem.resolutionKind !== "node10" && problem.resolutionKind !== "node16-cjs"),
      );
      expect(left, tarball).toEqual([]);
    }
  });

  it("install into an empty project, type-check there, and stream from a gateway", async () => {
    const { url } = gateway as TestGateway;
    const project = join(folder, "project");
    const npm = (...args: string[]) =>
      run("npm", [...args, "--no-audit", "--no-fund", "--prefer-offline"], { cwd: project });
    const zod = await run("npm", ["pack", "--json", "--pack-destination", folder, join(ROOT, "node_modules/zod")]);
    const [{ filename } = { filename: "" }] = Object.values(
      JSON.parse(zod.stdout) as Record<string, { filename: string }>,
    );
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }');
    await npm("install", join(folder, filename), ...tarballs);

    const installed = readFileSync(join(project, "node_modules/@millrace/client/package.json"), "utf8");
    expect((JSON.parse(installed) as { dependencies: object }).dependencies).toEqual({ "@millrace/protocol": "0.1.0" });

    writeFileSync(join(project, "consumer.mjs"), CONSUMER);
    const { stdout } = await run(process.execPath, ["consumer.mjs", url], { cwd: project });
    expect(stdout).toBe("Hi there. true done\nHi there. true done\n");

    writeFileSync(join(project, "typed.ts"), TYPED);
    const strict = ["--strict", "--noEmit", "--target", "es2024", "--lib", "es2024,dom,dom.iterable,dom.asynciterable"];
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
    for (const resolution of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      const [module, moduleResolution] = resolution;
      const options = ["--module", module, "--moduleResolution", moduleResolution, "--types", ""];
      await run(process.execPath, [tsc, ...strict, ...options, "typed.ts"], { cwd: project }).catch((error) => {
        throw new Error(`${moduleResolution}: ${(error as { stdout: string }).stdout}`);
      });
    }

    const millrace = join(project, "node_modules/@millrace/cli/main.js");
    const chat = await run(process.execPath, [millrace, "chat", "--url", url, "hello"], { cwd: project });
    expect(chat.stdout).toBe("Hi there.\n");
    expect((await run(process.execPath, [millrace, "--version"])).stdout).toBe("0.1.0\n");
    await expect(run(process.execPath, [millrace])).rejects.toMatchObject({ code: 1 });
  });
});
