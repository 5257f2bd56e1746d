import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceClient } from "@millrace/client";
import type { Event } from "@millrace/protocol";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayProcess } from "../kit/gateway-process.ts";
import { judge, LogLedger } from "../kit/oracle.ts";
import { Viewer } from "../kit/viewer.ts";

const GATEWAY = pathToFileURL(resolve(import.meta.dirname, "../../apps/gateway/src/index.ts")).href;

const CONFIG = `
import { defineConfig, defineTool, z } from "${GATEWAY}";
const failing = (name, execute) => defineTool({ name, description: name, parameters: z.object({}), execute });
export default defineConfig({
  tools: [
    failing("throws", () => { throw new TypeError("thrown"); }),
    failing("throws_text", () => { throw "text"; }),
    failing("rejects", async () => { await null; throw new Error("rejected"); }),
    failing("strays", async () => {
      void Promise.reject(new Error("stray"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { content: "went well" };
    }),
    failing("strays_later", async () => {
      setTimeout(() => void Promise.reject(new Error("stray")), 5);
      return { content: "went well" };
    }),
  ],
});
`;

let folder: string;
let model: ScriptedModel;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-tools-"));
  await writeFile(join(folder, "millrace.config.ts"), CONFIG);
  model = await startScriptedModel({
    responder: scriptByContent([
      {
        when: /^use /,
        script: (_request, { step, text }) =>
          step === 1 ? toolCalls([{ id: "c", name: text.split(" ")[1] ?? "", arguments: {} }]) : reply("Well."),
      },
      { when: "hello", script: reply("Hi.") },
    ]),
  });
  gateway = await GatewayProcess.start({
    data_dir: join(folder, "data"),
    env: {
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: "none",
      MILLRACE_MODEL: "scripted",
      MILLRACE_CONFIG: join(folder, "millrace.config.ts"),
    },
  });
});

afterAll(async () => {
  await gateway.kill("SIGTERM");
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

const FAILING = [
  ["throws", "failed"],
  ["throws_text", "failed"],
  ["rejects", "failed"],
  ["strays", "completed"],
  ["strays_later", "completed"],
] as const;

test.each(FAILING)(
  "F34: over the WebSocket, a tool that %s: the call %s, its run ends, the process lives",
  async (tool, outcome) => {
    const pid = gateway.pid;
    const client = new MillraceClient({ url: gateway.url });
    client.connect();
    const { session_id = "" } = await client.send({ content: `use ${tool}` }).accepted;
    const viewer = new Viewer(gateway.url, session_id);
    const ended = (): boolean => viewer.view.turns[0]?.phase.state === "done";
    for (let waited = 0; !ended() && waited < 10_000; waited += 20) await pause(20);
    await pause(100);
    const { connections } = viewer;
    expect((await client.send({ session_id, content: "hello" }).accepted).session_id).toBe(session_id);
    await viewer.reaches((await quiet(session_id)).head);
    const log = await quiet(session_id);
    expect(log.view.turns.map(({ phase }) => phase.state)).toEqual(["done", "done"]);
    const calls = log.view.turns[0]?.items.flatMap((item) => (item.kind === "tool" ? [item.phase] : []));
    expect(calls).toMatchObject([{ outcome }]);
    expect(judge({ logs: [log], viewers: [viewer] })).toEqual([]);
    expect([connections, viewer.connections, gateway.pid]).toEqual([1, 1, pid]);
    viewer.close();
    client.close();
  },
);

test.each(FAILING)("F34: over HTTP, a tool that %s: its call %s and the answer is there", async (tool, outcome) => {
  const response = await fetch(`${gateway.url}/api/v1/agent/run`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: `use ${tool}` }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { message: "Well.", reason: "completed", tool_calls: [{ tool, success: outcome === "completed" }] },
  ]);
  await pause(100);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function quiet(session_id: string): Promise<LogLedger> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const response = await fetch(`${gateway.url}/api/v1/sessions/${session_id}/events`);
    const ledger = new LogLedger((await response.json()) as Event[], response.headers.get("Millrace-Epoch"));
    if (ledger.view.turns.length === 2 && ledger.view.turns[1]?.phase.state === "done") return ledger;
    await pause(50);
  }
  throw new Error("The session does not come to rest.");
}
