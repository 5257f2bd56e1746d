import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineTool, type Tool } from "@millrace/agent";
import type { Event } from "@millrace/protocol";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { eventually } from "./within.ts";

const KEY = "sk-canary-runlog-4f1d0c8e";
const LONG = "x".repeat(300 * 1024);

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([
      {
        when: "work",
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "leak", arguments: {} }]) : reply("Done with it."),
      },
      { when: "hang", script: [{ text: "a" }, { hang: true }] },
    ]),
  });
});
afterAll(() => model.close());

const leak: Tool = defineTool({
  name: "leak",
  description: "Says what it should not.",
  parameters: z.object({}),
  execute: async (_args, { output }) => {
    output(LONG);
    return { content: `The key is ${KEY}.` };
  },
});

const start = (env: Record<string, string> = {}): Promise<ConfiguredGateway> =>
  ConfiguredGateway.start({
    config: {
      providers: { p: { base_url: model.url, api_key: KEY } },
      models: [{ id: "m", provider: "p" }],
    },
    tools: [leak],
    env,
  });

type Line = { type: string; ts: number; run_id: string } & Record<string, unknown>;
/** Whole lines: the last one may be on its way. */
const linesOf = (path: string): Line[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const ended = (path: string) =>
  eventually(() => existsSync(path) && linesOf(path).at(-1)?.type === "done", "the log file's end");
type Placed = { readonly seq?: number; readonly from?: number } & Record<string, unknown>;
/** What a file or a log holds of a run, however it was merged: which positions, and the text of each block. */
function heldOf(lines: readonly object[], run_id: unknown): { positions: number[]; texts: Record<string, string> } {
  const positions: number[] = [];
  const texts: Record<string, string> = {};
  for (const line of lines as readonly Placed[]) {
    if (line.run_id !== run_id || line.seq === undefined) continue;
    for (let seq = line.from ?? line.seq; seq <= line.seq; seq++) positions.push(seq);
    const block = `${line.type} ${line.block_id ?? line.tool_call_id ?? ""}`;
    texts[block] = (texts[block] ?? "") + (line.content ?? "");
  }
  return { positions, texts };
}

const eventsOf = async (gateway: ConfiguredGateway, session_id: unknown): Promise<Event[]> =>
  (await gateway.http.get(`/api/v1/sessions/${session_id}/events`)).json as Event[];

describe("a run's log file", () => {
  it("is named behind session_start and holds every event once and every request to the model, each with its time", async () => {
    await using gateway = await start();
    const { session_id, run_id } = await gateway.run("work");
    const events = await eventsOf(gateway, session_id);
    expect(events.slice(1, 3).map(({ type }) => type)).toEqual(["session_start", "log_file"]);
    const path = join(gateway.folder, "runs", `${run_id}.jsonl`);
    expect(events[2]).toMatchObject({ type: "log_file", log_file: path });
    await ended(path);
    const lines = linesOf(path);
    for (const line of lines) expect(line).toMatchObject({ ts: expect.any(Number), run_id });
    const types = new Set(lines.map(({ type }) => type));
    for (const type of ["session_start", "step", "tool_call", "tool_start", "tool_result", "agent_output", "done"])
      expect(types).toContain(type);
    const inputs = lines.filter(({ type }) => type === "agent_input");
    expect(inputs).toMatchObject([
      { model: "m", same_messages: 0, messages: [{ role: "user", content: "work" }], system: expect.any(String) },
      { same_messages: 1, messages: [{ role: "assistant" }, { role: "tool" }] },
    ]);
    expect(inputs[1]).not.toHaveProperty("tools");
    const log = JSON.parse(JSON.stringify(events).replaceAll(KEY, "[redacted]")) as Event[];
    expect(heldOf(lines, run_id)).toEqual(heldOf(log, run_id));
    // All that the tool printed, also beyond what a result may hold.
    const printed = lines.filter(({ type }) => type === "tool_output_delta").map(({ content }) => content);
    expect(printed.join("").length).toBeGreaterThanOrEqual(256 * 1024);
  });

  it("T24: only its owner may read it, and it holds no key", async () => {
    await using gateway = await start();
    const { run_id } = await gateway.run("work");
    const path = join(gateway.folder, "runs", `${run_id}.jsonl`);
    await ended(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(gateway.folder, "runs")).mode & 0o777).toBe(0o700);
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain(KEY);
    expect(text).toContain("The key is [redacted].");
  });

  it("goes with its session", async () => {
    await using gateway = await start();
    const { session_id, run_id } = await gateway.run("work");
    const path = join(gateway.folder, "runs", `${run_id}.jsonl`);
    await ended(path);
    await gateway.http.send(`/api/v1/sessions/${session_id}`, { method: "DELETE" });
    expect(existsSync(path)).toBe(false);
  });

  it("is not there where it is switched off", async () => {
    await using gateway = await start({ MILLRACE_LOG_FILES: "false" });
    const { session_id } = await gateway.run("work");
    expect((await eventsOf(gateway, session_id)).map(({ type }) => type)).not.toContain("log_file");
    expect(existsSync(join(gateway.folder, "runs"))).toBe(false);
  });

  it("T24: with a sign-in it is written all the same, and nobody is told where", async () => {
    const token = "canary-token-runlog-1";
    await using gateway = await start({ MILLRACE_TOKEN: token });
    const bearer = { Authorization: `Bearer ${token}` };
    const path = (session_id: unknown): string => `/api/v1/sessions/${session_id}/events`;
    const { json } = await gateway.http.post("/api/v1/agent/run", { message: "work" }, bearer);
    const { session_id, run_id } = json as Record<string, unknown>;
    const events = await gateway.http.get(path(session_id), bearer);
    expect((events.json as Event[]).map(({ type }) => type)).toContain("done");
    expect(events.text).not.toContain("log_file");
    expect(events.text).not.toContain(gateway.folder);
    await ended(join(gateway.folder, "runs", `${run_id}.jsonl`));
    const stream = await gateway.http.post("/api/v1/agent/run/stream", { message: "work" }, bearer);
    expect(stream.text).toContain('"type":"done"');
    expect(stream.text).not.toContain("log_file");
  });

  it("F40: a run that a second process takes up goes on in the same file, named once", async () => {
    using folder = new Folder();
    const first = await ChildGateway.start({ data_dir: folder.path, model });
    const viewer = await first.connect();
    const { session_id } = await viewer.send("hang");
    const { run_id } = await viewer.event("text_delta");
    const path = join(folder.path, "runs", `${run_id}.jsonl`);
    const asked = () => (existsSync(path) ? linesOf(path).filter(({ type }) => type === "agent_input").length : 0);
    await eventually(() => asked() === 1, "the first process's lines");
    await first.kill();
    const inFirst = linesOf(path);
    await using second = await ChildGateway.start({ data_dir: folder.path, model, limits: { drain_ms: 100 } });
    await eventually(() => asked() === 2, "the second process's lines");
    expect(linesOf(path).slice(0, inFirst.length)).toEqual(inFirst);
    expect(readdirSync(join(folder.path, "runs"))).toEqual([`${run_id}.jsonl`]);
    // It says "a" a second time, and is let go of without an end.
    const events = await eventuallyEvents(second, session_id);
    expect(events.filter(({ type }) => type === "log_file")).toHaveLength(1);
    expect((await second.kill("SIGTERM")).code).toBe(0);
    const lines = linesOf(path);
    expect(lines.map(({ type }) => type)).toContain("retry");
    expect(heldOf(lines, run_id)).toEqual(heldOf(events, run_id));
  });
});

/** The log once the model hangs for the second time. */
async function eventuallyEvents(gateway: ChildGateway, session_id: string): Promise<Event[]> {
  let events: Event[] = [];
  await eventually(async () => {
    events = await gateway.events(session_id);
    return events.findLast(({ type }) => type !== "step")?.type === "text_delta" && events.some(isRetry);
  }, "the second answer");
  return events;
}

const isRetry = ({ type }: Event): boolean => type === "retry";
