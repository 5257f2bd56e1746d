import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Event, emptyView, fold, isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { coverage, upTo, type Viewer } from "./viewer.ts";
import { eventually } from "./within.ts";

const CONFIG = join(import.meta.dirname, "flow-config.ts");

/** A data folder that gateways use one after the other. */
class Stage implements AsyncDisposable {
  readonly #folder = new Folder();
  readonly #model: ScriptedModel;
  readonly #booted: ChildGateway[] = [];

  constructor(model: ScriptedModel) {
    this.#model = model;
  }

  static async open(): Promise<Stage> {
    const rules = [
      { when: "look", script: reply("Seen.") },
      { when: "hang", script: [{ text: "half" }, { hang: true }] },
    ] as const;
    return new Stage(await startScriptedModel({ responder: scriptByContent(rules) }));
  }

  /** What flows did, in order. */
  get marks(): string {
    const file = join(this.#folder.path, "marks");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async boot(): Promise<ChildGateway> {
    const options = { data_dir: this.#folder.path, model: this.#model, env: { MILLRACE_CONFIG: CONFIG } };
    const gateway = await ChildGateway.start(options);
    this.#booted.push(gateway);
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.#booted) await gateway.kill();
    await this.#model.close();
    this.#folder[Symbol.dispose]();
  }
}

async function begin(gateway: ChildGateway, agent: string, content = "x") {
  const viewer = await gateway.connect();
  const { session_id } = await viewer.send(content, { options: { agent } });
  return { viewer, session_id };
}

async function waiting(gateway: ChildGateway, agent: string, content?: string) {
  const { viewer, session_id } = await begin(gateway, agent, content);
  const { request_id, run_id = "" } = await viewer.event("interaction_request");
  return { session_id, request_id, run_id };
}

const answer = async (gateway: ChildGateway, session_id: string, request_id: string, word: string): Promise<number> =>
  (await gateway.http.post(`/api/v1/sessions/${session_id}/interactions/${request_id}`, { answer: word })).status;

async function ended(gateway: ChildGateway, session_id: string): Promise<Event[]> {
  const viewer: Viewer = await gateway.connect();
  await viewer.subscribe(session_id);
  await viewer.until((frame) => isTerminal(frame));
  const log = await gateway.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  expect(coverage(log)).toEqual(upTo(log.at(-1)?.seq ?? 0));
  expect(viewer.view(session_id)).toEqual(fold(emptyView(), log));
  return log;
}

const count = (log: readonly Event[], type: Event["type"]): number => log.filter((event) => event.type === type).length;

describe("FLOW-4 F36 ASK-1: a flow that waits for an answer", () => {
  it("survives kill -9, is answered once, and goes on exactly once", async () => {
    await using stage = await Stage.open();
    const first = await stage.boot();
    const { session_id, request_id } = await waiting(first, "careful");
    const before = await first.events(session_id);
    await first.kill();
    // Once more, while nobody has answered.
    const second = await stage.boot();
    expect(await second.events(session_id)).toEqual(before);
    await second.kill();
    const third = await stage.boot();
    expect(await answer(third, session_id, request_id, "end")).toBe(200);
    expect(await answer(third, session_id, request_id, "end")).toBe(409);
    const log = await ended(third, session_id);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "First. About x: end. Last: end, x." });
    expect(stage.marks).toBe("123");
    expect([count(log, "interaction_request"), count(log, "user_input_received"), count(log, "step")]).toEqual([
      1, 1, 1,
    ]);
  });

  it("survives at the second question of one step, with the first one's answer", async () => {
    await using stage = await Stage.open();
    const first = await stage.boot();
    const { session_id, request_id } = await waiting(first, "careful");
    await answer(first, session_id, request_id, "again");
    const asked = async (): Promise<Event[]> =>
      (await first.events(session_id)).filter(({ type }) => type === "interaction_request");
    await eventually(async () => (await asked()).length === 2, "the second question");
    const open = await asked();
    await first.kill();
    const second = await stage.boot();
    const request = open[1] as { request_id: string } | undefined;
    await answer(second, session_id, request?.request_id ?? "", "sure");
    const log = await ended(second, session_id);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "First. About x: again. Last: sure, x." });
    // What a step does before its question is done twice, as its documentation says.
    expect(stage.marks).toBe("1223");
  });

  it("STOP-6: stopped while it waits, it is not revived", async () => {
    await using stage = await Stage.open();
    const first = await stage.boot();
    const { session_id, request_id, run_id } = await waiting(first, "careful");
    await first.http.post(`/api/v1/sessions/${session_id}/stop`, { run_id });
    await first.kill();
    const second = await stage.boot();
    const log = await ended(second, session_id);
    expect(log.at(-1)).toMatchObject({ type: "cancelled", content: "First. About x: " });
    expect(await answer(second, session_id, request_id, "end")).toBe(404);
    expect(stage.marks).toBe("1");
  });

  it("F33: is let go by a drain, and goes on after it", async () => {
    await using stage = await Stage.open();
    const first = await stage.boot();
    const { session_id, request_id } = await waiting(first, "careful");
    expect(await first.kill("SIGTERM", 5_000)).toMatchObject({ code: 0 });
    const second = await stage.boot();
    await answer(second, session_id, request_id, "end");
    expect((await ended(second, session_id)).at(-1)).toMatchObject({ type: "done" });
    expect(stage.marks).toBe("123");
  });
});

describe("FLOW-4 RUN-8: a flow that was working when the server died", () => {
  let stage: Stage;
  let second: ChildGateway;
  const sessions: Record<string, string> = {};

  beforeAll(async () => {
    stage = await Stage.open();
    const first = await stage.boot();
    const went = await waiting(first, "careful");
    await answer(first, went.session_id, went.request_id, "work");
    sessions.answered = went.session_id;
    await eventually(async () => (await first.events(went.session_id)).some(isWork), "the flow to go on");
    const silent = await waiting(first, "careful");
    await answer(first, silent.session_id, silent.request_id, "silent");
    sessions.silent = silent.session_id;
    await eventually(() => stage.marks.endsWith("s"), "the flow to go on");
    const working = await begin(first, "works");
    await working.viewer.event("text_delta");
    sessions.working = working.session_id;
    const agent = await begin(first, "hands", "hang");
    await agent.viewer.event("tool_output_delta");
    sessions.agent = agent.session_id;
    sessions.beside = (await waiting(first, "beside")).session_id;
    sessions.heavy = (await waiting(first, "heavy")).session_id;
    await first.kill();
    second = await stage.boot();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const isWork = (event: Event): boolean => event.type === "text_delta" && event.content.includes("work");

  it.each(["answered", "silent", "working", "agent", "beside", "heavy"])("ends, and says so: %s", async (which) => {
    const log = await ended(second, sessions[which] ?? "");
    expect(log.at(-1)).toMatchObject({ type: "error", code: "interrupted", reason: "interrupted", retryable: true });
  });

  it("TOOL-6: its agents' calls have the outcome unknown", async () => {
    const log = await ended(second, sessions.agent ?? "");
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "unknown" }]);
  });

  it("nothing of it is done twice", () => {
    expect(stage.marks).toBe("121s");
  });
});
