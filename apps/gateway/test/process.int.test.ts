import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import {
  type ContentRule,
  failure,
  reply,
  type ScriptedModel,
  scriptByContent,
  startScriptedModel,
  toolCalls,
} from "@millrace/scripted-model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ChildGateway, Folder, GatewayProcess } from "./child-gateway.ts";
import { Gate, gated } from "./gate.ts";
import { CANARY_KEY } from "./gateway-under-test.ts";
import { within } from "./within.ts";

let gate = new Gate();
const rules: ContentRule[] = [
  {
    when: "two steps",
    script: (_request, { step, signal }) =>
      step === 1
        ? gated([{ text: "First. " }, gate, ...toolCalls([{ id: "c", name: "mark", arguments: {} }])], signal)
        : reply("Second."),
  },
  { when: "answer", script: (_request, { signal }) => gated([{ text: "one " }, gate, { text: "two" }], signal) },
  { when: "hang", script: [{ text: "a" }, { hang: true }] },
  { when: "tool", script: toolCalls([{ id: "c", name: "mark", arguments: { wait: true } }]) },
  { when: "key", script: failure(401, `Incorrect API key provided: ${CANARY_KEY}`) },
  { when: "hello", script: reply("Hi.") },
];
const responder = scriptByContent(rules);
let model: ScriptedModel;
let folder: Folder;
const running: ChildGateway[] = [];

beforeAll(async () => {
  model = await startScriptedModel({ responder });
});
afterAll(() => model.close());
beforeEach(() => {
  gate = new Gate();
  folder = new Folder();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.kill();
  folder[Symbol.dispose]();
});

async function boot(options: Partial<Parameters<typeof ChildGateway.start>[0]> = {}): Promise<ChildGateway> {
  const gateway = await ChildGateway.start({ data_dir: folder.path, model, tools: true, ...options });
  running.push(gateway);
  return gateway;
}

describe("SIGTERM", () => {
  it("F31 R7 CLOSE-3: ends at a step's end, says draining, closes with 1012, exits 0; the next start goes on", async () => {
    const first = await boot();
    const viewer = await first.connect();
    const { session_id } = await viewer.send("two steps");
    await viewer.event("text_delta");
    first.process.child.kill("SIGTERM");
    const { in_ms } = await viewer.frame("draining");
    expect(in_ms).toBeGreaterThanOrEqual(0);
    expect(in_ms).toBeLessThanOrEqual(3_000);
    expect((await first.http.get("/readyz")).status).toBe(503);
    expect((await first.http.get("/healthz")).status).toBe(200);
    // What is asked for while it drains is stored and waits.
    const latecomer = await first.connect();
    const late = await latecomer.send("hello");
    gate.open();
    await viewer.event("tool_result");
    expect(await within(viewer.closed, "1012")).toMatchObject({ code: 1012 });
    expect(await within(first.process.exit, "the exit")).toEqual({ code: 0, signal: null });
    expect(viewer.events(session_id).some((event) => isTerminal(event))).toBe(false);
    expect(latecomer.events(late.session_id).map(({ type }) => type)).toEqual(["user_message"]);

    const second = await boot();
    const after = await second.connect();
    await after.subscribe(session_id, { after: viewer.events(session_id).at(-1)?.seq ?? 0 });
    expect(await after.event("done")).toMatchObject({ content: "Second.", steps: 2 });
    const log = await second.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.some(({ type }) => type === "retry")).toBe(false);
    expect(responder.calls.get("two steps")).toBe(2);
    await after.subscribe(late.session_id);
    await after.frame("done", { where: (frame) => frame.session_id === late.session_id });
    expect(brokenRules(await second.events(late.session_id))).toEqual([]);
  });

  it("F31: a run in its last step ends before the process does", async () => {
    const first = await boot();
    const viewer = await first.connect();
    const { session_id } = await viewer.send("answer");
    await viewer.event("text_delta");
    first.process.child.kill("SIGTERM");
    await viewer.frame("draining");
    gate.open();
    expect(await viewer.event("done")).toMatchObject({ session_id, content: "one two" });
    expect(await within(first.process.exit, "the exit")).toEqual({ code: 0, signal: null });
  });

  it.each(["hang", "tool"])("F32: twice, it goes at once with 0, also in a run that hangs (%s)", async (message) => {
    const first = await boot();
    const viewer = await first.connect();
    const { session_id } = await viewer.send(message);
    await viewer.event(message === "hang" ? "text_delta" : "tool_output_delta");
    first.process.child.kill("SIGTERM");
    await viewer.frame("draining");
    const before = performance.now();
    expect(await first.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(viewer.events(session_id).some((event) => isTerminal(event))).toBe(false);
  });

  it("F32: once, with a run that hangs, it goes when the time to drain is over", async () => {
    const first = await boot({ limits: { drain_ms: 300 } });
    const viewer = await first.connect();
    await viewer.send("hang");
    await viewer.event("text_delta");
    const sse = await first.http.stream(`/api/v1/sessions/${(await viewer.event("user_message")).session_id}/events`);
    expect(await first.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    await within(sse.ended, "the SSE stream's end");
    expect(await viewer.closed).toMatchObject({ code: 1012 });
  });

  it("without anything to do it exits 0 at once, with idle connections open", async () => {
    const first = await boot({ tools: false });
    await first.connect();
    await first.http.get("/healthz");
    expect(await first.kill("SIGTERM", 5_000)).toEqual({ code: 0, signal: null });
    expect(first.process.stdout).toBe(`listening on http://127.0.0.1:${first.port}\n`);
  });
});

describe("the start", () => {
  const refused = async (env: Record<string, string>): Promise<string> => {
    const started = GatewayProcess.main({ PORT: "0", MILLRACE_DATA_DIR: folder.path, ...env });
    const { code } = await within(started.exit, "the exit", 20_000);
    expect({ code, stdout: started.stdout }).toEqual({ code: 1, stdout: "" });
    expect(started.stderr).toMatch(/^millrace: [^\n]+\n$/);
    return started.stderr;
  };

  it.each([
    ["B89 HOST", { HOST: "0.0.0.0" }],
    ["B89 HOST", { HOST: "::" }],
    ["PORT", { PORT: "eighty" }],
    ["PORT", { PORT: "70000" }],
    ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
    ["OPENAI_BASE_URL", { OPENAI_BASE_URL: "ftp://x", MILLRACE_MODEL: "m" }],
    ["MILLRACE_MODEL", { OPENAI_API_KEY: CANARY_KEY }],
    ["MILLRACE_LIMITS", { MILLRACE_LIMITS: '{"frame_bytes":-1}' }],
    ["MILLRACE_LIMITS", { MILLRACE_LIMITS: '{"unknown":1}' }],
  ])("%s: %o stops it with one clear line and exit code 1", async (name, env) => {
    const line = await refused(env as unknown as Record<string, string>);
    expect(line).toContain(name.split(" ").at(-1));
    expect(line).not.toContain(CANARY_KEY);
  });

  it("a port that is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    expect(await refused({ PORT: String((taken.address() as AddressInfo).port) })).toContain("PORT");
    await new Promise((resolve) => taken.close(resolve));
  });

  it("F50: a data folder that another gateway holds", async () => {
    const first = await boot({ tools: false });
    expect(await refused({})).toContain("in use");
    const viewer = await first.connect();
    await viewer.send("hello");
    await viewer.event("done");
  });

  it("a data folder that is a file, or no database", async () => {
    const file = join(folder.path, "file");
    writeFileSync(file, "x");
    await refused({ MILLRACE_DATA_DIR: file });
    writeFileSync(join(folder.path, "millrace.db"), "this is not a database, and long enough to be none".repeat(100));
    await refused({});
  });
});

describe("secrets", () => {
  it("T24 T5: the API key is in no line that the process writes and in no frame, however much it logs", async () => {
    const gateway = await boot({ env: { OPENAI_API_KEY: CANARY_KEY, LOG_LEVEL: "trace" }, tools: false });
    const viewer = await gateway.connect();
    await viewer.send("key");
    expect(await viewer.event("error")).toMatchObject({ code: "unauthorized", reason: "model_error" });
    await gateway.http.post("/api/v1/agent/run", { message: "key" });
    await gateway.kill("SIGTERM");
    expect(model.requests.length).toBeGreaterThan(0);
    expect(gateway.process.stdout + gateway.process.stderr + JSON.stringify(viewer.frames)).not.toContain(CANARY_KEY);
  });
});
