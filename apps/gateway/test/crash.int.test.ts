import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { emptyView, fold, isTerminal } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { type ContentRule, reply, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { coverage, type Frame, upTo, type Viewer } from "./viewer.ts";
import { eventually } from "./within.ts";

const half = [{ text: "Half an ans" }, { hang: true }] as const;
const partialCall = [
  { delta: { tool_calls: [{ index: 0, id: "c", function: { name: "mark", arguments: '{"wa' } }] } },
  { hang: true },
] as const;

/** First call of a message: `before`, then silence for ever. The next: the whole answer. */
const once = (before: Exclude<ContentRule["script"], (...args: never) => unknown>): ContentRule["script"] => {
  return (_request, { call }) => (call === 1 ? before : reply("The whole answer."));
};

const rules: ContentRule[] = [
  { when: "before", script: once([{ hang: true }]) },
  { when: /^text/, script: once(half) },
  { when: "arguments", script: once(partialCall) },
  {
    when: "tool",
    script: (_request, { step }) =>
      step === 1 ? toolCalls([{ id: "c", name: "mark", arguments: { wait: true } }]) : reply("The whole answer."),
  },
  {
    when: "result",
    script: (_request, { step, call }) => {
      if (step === 1) return toolCalls([{ id: "c", name: "mark", arguments: {} }]);
      return call === 2 ? [{ hang: true }] : reply("The whole answer.");
    },
  },
  { when: "always", script: [{ hang: true }] },
  { when: /^many/, script: once([{ text: "a" }, { hang: true }]) },
  { when: "queued", script: reply("Queued.") },
];

interface Stage extends AsyncDisposable {
  readonly calls: ReadonlyMap<string, number>;
  readonly requests: readonly { aborted: boolean }[];
  readonly folder: string;
  boot(): Promise<ChildGateway>;
}

/** A model that outlives the gateways, and a data folder that they use one after the other. */
async function stage(): Promise<Stage> {
  const responder = scriptByContent(rules);
  const model = await startScriptedModel({ responder });
  const folder = new Folder();
  const booted: ChildGateway[] = [];
  return {
    calls: responder.calls,
    requests: model.requests,
    folder: folder.path,
    boot: async () => {
      const limits = { command_burst: 1_000, rejects_per_minute: 1_000, subscriptions: 100 };
      const gateway = await ChildGateway.start({ data_dir: folder.path, model, tools: true, limits });
      booted.push(gateway);
      return gateway;
    },
    [Symbol.asyncDispose]: async () => {
      for (const gateway of booted) await gateway.kill();
      await model.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Milliseconds from the start of a process until it is ready. */
async function readyIn(at: Stage): Promise<{ gateway: ChildGateway; took: number }> {
  const began = performance.now();
  const gateway = await at.boot();
  expect((await gateway.http.get("/readyz")).status).toBe(200);
  return { gateway, took: performance.now() - began };
}

/** A viewer that comes back with its cursor must end with the conversation of one that never left. */
async function resumed(gateway: ChildGateway, before: Viewer, session_id: string): Promise<Viewer> {
  const viewer = await gateway.connect();
  const held = before.events(session_id);
  await viewer.subscribe(session_id, { after: held.at(-1)?.seq ?? 0 });
  await viewer.until((frame) => isTerminal(frame) && frame.session_id === session_id);
  const log = await gateway.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  expect(coverage(log)).toEqual(upTo(log.at(-1)?.seq ?? 0));
  expect(fold(fold(emptyView(), held), viewer.events(session_id))).toEqual(fold(emptyView(), log));
  expect(log.filter(isTerminal)).toHaveLength(1);
  return viewer;
}

describe("one kill -9 with a run at each point", () => {
  const points = {
    before: "step",
    text: "text_delta",
    arguments: "tool_call_delta",
    tool: "tool_output_delta",
    result: "tool_result",
    "text, stopped": "text_delta",
  } as const;
  type Point = keyof typeof points;
  let at: Stage;
  let before: Viewer;
  let second: ChildGateway;
  const sent = new Map<Point, Awaited<ReturnType<Viewer["send"]>>>();
  const epochs = new Map<Point, string>();
  let queued: string;

  const idOf = (point: Point): string => sent.get(point)?.session_id ?? "";
  const epochOf = async (gateway: ChildGateway, point: Point): Promise<string> =>
    ((await gateway.http.get(`/api/v1/sessions/${idOf(point)}`)).json as { epoch: string }).epoch;

  beforeAll(async () => {
    at = await stage();
    const first = await at.boot();
    before = await first.connect();
    for (const [point, type] of Object.entries(points) as [Point, Frame["type"]][]) {
      sent.set(point, await before.send(point));
      await before.until((frame) => frame.type === type && "session_id" in frame && frame.session_id === idOf(point));
      epochs.set(point, await epochOf(first, point));
    }
    const session_id = idOf("text, stopped");
    ({ message_id: queued } = await before.send("queued", { session_id }));
    await eventually(() => at.calls.has("before"), "the model to be asked");
    const run_id = before.view(session_id).turns[0]?.run_id ?? "";
    before.write({ type: "stop", id: "stop", session_id, run_id });
    expect(await before.reply("stop")).toMatchObject({ outcome: "stopping" });
    await first.kill();
    second = await at.boot();
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it.each([
    ["before the first delta", "before"],
    ["in text_delta", "text"],
    ["in tool_call_delta", "arguments"],
  ] as const)("F24 R1 RUN-8 LOG-7: %s, the step is asked again and its beginning void", async (_when, point) => {
    const after = await resumed(second, before, idOf(point));
    const log = await second.events(idOf(point));
    const step = log.find((event) => event.type === "step");
    expect(log.filter((event) => event.type === "retry")).toMatchObject([
      { retry_attempt: 1, retry_max_attempts: 3, discard_from: (step?.seq ?? 0) + 1 },
    ]);
    expect(await after.event("done")).toMatchObject({ content: "The whole answer.", steps: 1 });
    expect(at.calls.get(point)).toBe(2);
    expect(await epochOf(second, point)).toBe(epochs.get(point));
  });

  it("F24 R2 TOOL-6: in a tool, its outcome is unknown, it is not run again and the model is told", async () => {
    await resumed(second, before, idOf("tool"));
    const log = await second.events(idOf("tool"));
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([
      { tool_call_id: "c", outcome: "unknown", success: false, content: expect.stringContaining("Verify") },
    ]);
    expect(log.some(({ type }) => type === "retry")).toBe(false);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "The whole answer.", steps: 2 });
  });

  it("F24: after tool_result, the next step follows and the tool is not run again", async () => {
    await resumed(second, before, idOf("result"));
    const log = await second.events(idOf("result"));
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "completed" }]);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "The whole answer.", steps: 2 });
    // One mark of the tool that waited for ever, one of the tool that ended.
    expect(readFileSync(join(at.folder, "marks"), "utf8")).toBe("xx");
  });

  it("F38 STOP-6: right after stop was acked, the run is not revived and no model is asked; the queue goes on", async () => {
    const after = await second.connect();
    await after.subscribe(idOf("text, stopped"));
    await after.event("done");
    const log = await second.events(idOf("text, stopped"));
    expect(brokenRules(log)).toEqual([]);
    const ends = log.filter((event) => isTerminal(event));
    expect(ends).toMatchObject([
      { type: "cancelled", content: "Half an ans" },
      { type: "done", content: "Queued." },
    ]);
    expect(at.calls.get("text, stopped")).toBe(1);
    expect(log.findLast((event) => event.type === "session_start")).toMatchObject({ message_ids: [queued] });
  });

  it("F18 SEND-5: a message sent again because its ack may have been lost is one message and one run", async () => {
    const { message_id, session_id, seq } = sent.get("before") ?? { message_id: "", session_id: "", seq: 0 };
    const after = await second.connect();
    expect(await after.send("before", { message_id })).toMatchObject({ session_id, seq, duplicate: true });
    await after.event("done");
    expect((await second.events(session_id)).filter(({ type }) => type === "session_start")).toHaveLength(1);
  });
});

describe("kill -9", () => {
  it("F40 R1: a step that always kills its process is asked again three times, then recovery_exhausted, once", async () => {
    await using at = await stage();
    const first = await at.boot();
    const { session_id } = await (await first.connect()).send("always");
    let gateway = first;
    for (const attempt of upTo(3)) {
      await (await gateway.connect()).subscribe(session_id);
      await gateway.kill();
      gateway = await at.boot();
      const viewer = await gateway.connect();
      await viewer.subscribe(session_id);
      expect(await viewer.frame("retry", { where: ({ retry_attempt }) => retry_attempt === attempt })).toBeTruthy();
    }
    await gateway.kill();
    const last = await at.boot();
    const viewer = await last.connect();
    await viewer.subscribe(session_id);
    expect(await viewer.event("error")).toMatchObject({ code: "recovery_exhausted", reason: "interrupted" });
    const log = await last.events(session_id);
    expect(brokenRules(log)).toEqual([]);
    expect(log.filter(({ type }) => type === "error")).toHaveLength(1);
    const retries = log.flatMap((event) =>
      event.type === "retry" ? [[event.retry_attempt, event.retry_max_attempts]] : [],
    );
    expect(retries).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(at.calls.get("always")).toBe(4);
    await last.kill();
    const quiet = await at.boot();
    expect(await quiet.events(session_id)).toEqual(log);
  });

  it("F25: a boot with 50 open runs is ready within two seconds and recovers each of them once", async () => {
    await using at = await stage();
    const first = await at.boot();
    const before = await first.connect();
    const sent = await Promise.all(upTo(50).map((n) => before.send(`many ${n}`)));
    for (const { session_id } of sent) {
      await before.until((frame) => frame.type === "text_delta" && frame.session_id === session_id);
    }
    await first.kill();
    // How long a gateway without a session takes is what the machine takes for any process.
    await using nothing = await stage();
    const empty = await readyIn(nothing);
    const { gateway: second, took } = await readyIn(at);
    expect(took - empty.took).toBeLessThan(2_000);
    const after = await second.connect();
    for (const { session_id } of sent) await after.subscribe(session_id);
    for (const { session_id } of sent) {
      await after.until((frame) => frame.type === "done" && frame.session_id === session_id);
      const log = await second.events(session_id);
      expect(brokenRules(log)).toEqual([]);
      expect(log.filter(({ type }) => type === "retry")).toHaveLength(1);
    }
    expect(upTo(50).map((n) => at.calls.get(`many ${n}`))).toEqual(upTo(50).map(() => 2));
    expect(existsSync(join(at.folder, "marks"))).toBe(false);
  });
});
