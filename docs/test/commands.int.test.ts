import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { demoResponder, type ScriptedModel, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGES } from "../pages.ts";
import { type Block, placeOf } from "./blocks.ts";
import { DocumentedGateway } from "./documented-gateway.ts";
import { BLOCKS, ROOT } from "./site.ts";
import { fileOf, isCode, Workbench } from "./workbench.ts";

/** Where the pages say that a gateway listens. */
const WRITTEN = /(?:127\.0\.0\.1|localhost):8000/gu;
const commandsOf = (path: string): readonly Block[] =>
  (BLOCKS.get(path) ?? []).filter(({ language }) => language === "sh");
const shown = PAGES.flatMap(({ path }) => commandsOf(path)).filter(({ not_run }) => not_run !== null);

let model: ScriptedModel;
let gateway: DocumentedGateway;
let data_dir: string;
beforeAll(async () => {
  data_dir = await mkdtemp(join(tmpdir(), "millrace-docs-"));
  model = await startScriptedModel({ responder: demoResponder({ pace: 1 }) });
  gateway = await DocumentedGateway.start({
    MILLRACE_DATA_DIR: data_dir,
    MILLRACE_CONFIG: "examples/flows/millrace.config.ts",
    OPENAI_BASE_URL: model.url,
    MILLRACE_MODEL: "millrace-demo",
  });
});
afterAll(async () => {
  await gateway?.stop();
  await model?.close();
  await rm(data_dir, { recursive: true, force: true });
});

describe.each(PAGES.filter(({ path }) => commandsOf(path).some(({ not_run }) => not_run === null)))(
  "$path",
  ({ path }) => {
    it("has commands that work, one after the other", { timeout: 60_000 }, async () => {
      using bench = new Workbench();
      const here = (text: string): string => text.replaceAll(WRITTEN, gateway.host);
      for (const block of (BLOCKS.get(path) ?? []).filter(isCode)) bench.write(fileOf(block), here(block.code));
      const commands = commandsOf(path).filter(({ not_run }) => not_run === null);
      const script = commands.map((block) => `at="${placeOf(block)}"\n${here(block.code)}`).join("\n");
      const { code, output } = await bash(`${PRELUDE}\n${script}`, bench.folder);
      expect(code, output).toBe(0);
    });
  },
);

it(`the ${shown.length} blocks that are only shown say why`, () => {
  const why = shown.map((block) => `${placeOf(block)}: ${block.not_run}`);
  process.stdout.write(`not run:\n${why.join("\n")}\n`);
  expect(why.every((line) => line.length > 20)).toBe(true);
});

/** `npx` finds what it would find in a checkout, without asking a registry; `curl` fails where it is refused. */
const PRELUDE = `set -euo pipefail
npx() { "$@"; }
curl() { command curl --fail-with-body "$@"; }
trap 'status=$?; [ $status = 0 ] || echo "failed at $at" >&2' EXIT`;

async function bash(script: string, cwd: string): Promise<{ code: number; output: string }> {
  const PATH = [dirname(process.execPath), resolve(ROOT, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const env = {
    PATH,
    HOME: cwd,
    MILLRACE_URL: gateway.url,
    MILLRACE_TOKEN: "not-asked-for-in-local-mode",
    NO_COLOR: "1",
    LANG: "C.UTF-8",
  };
  const child = spawn("bash", ["-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 55_000 });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const [code] = await once(child, "close");
  return { code: code ?? 1, output: output.slice(-4_000) };
}
