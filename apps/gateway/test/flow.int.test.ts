import { type Event, type EventOf, isTerminal, type RunOptions } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AskingTools, doAsTold } from "./asking-tools.ts";
import { flowConfig, stopped } from "./flow-fixture.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { Viewer } from "./viewer.ts";

const asking = new AskingTools();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: asking.tools,
    limits: { command_burst: 10_000, rejects_per_minute: 10_000 },
    settings: { config: flowConfig() },
    rules: [
      doAsTold,
      { when: "look", script: reply("I saw 😀 it.", { size: 2 }) },
      { when: "hang", script: [{ text: "half" }, { hang: true }] },
      { when: "then", script: reply("After that.") },
    ],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Begun {
  readonly viewer: Viewer;
  readonly session_id: string;
}

async function begin(agent: string, content: string, options: RunOptions = {}): Promise<Begun> {
  const viewer = await gateway.connect();
  const { session_id } = await viewer.send(content, { options: { agent, ...options } });
  return { viewer, session_id };
}

/** The log of a session whose run has ended, which every reader sees alike. */
async function ended({ viewer, session_id }: Begun): Promise<Event[]> {
  await viewer.until((frame) => isTerminal(frame));
  const log = await gateway.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  return log;
}

const run = async (agent: string, content: string, options?: RunOptions): Promise<Event[]> =>
  ended(await begin(agent, content, options));

const of = <T extends Event["type"]>(log: readonly Event[], type: T): EventOf<T>[] =>
  log.filter((event): event is EventOf<T> => event.type === type);

const marks = (log: readonly Event[]): unknown[] =>
  of(log, "data").flatMap(({ name, value }) => (name === "flow_step" ? [value] : []));

const respond = ({ viewer, session_id }: Begun, request_id: string, answer: string) =>
  viewer.command({ type: "respond", session_id, request_id, answer });

describe("a flow is an agent", () => {
  it("HTTP-8: is listed with its description, and its run says whose it is", async () => {
    const { json } = await gateway.http.get("/api/v1/agents");
    expect((json as { agents: unknown[] }).agents).toContainEqual({ name: "asks", description: "It asks." });
    const log = await run("says", "[]");
    expect(of(log, "session_start")).toMatchObject([{ agent: "says", model: "scripted" }]);
    expect(of(log, "user_message")).toMatchObject([{ options: { agent: "says" } }]);
  });

  it("FLOW-1 RUN-5 DELTA-1 DELTA-2: strings are text, one block until something else comes; JSON is data", async () => {
    const items = ["a", "b\ud83d", "\ude00", { step: 1 }, [2], null, 0, "", "c", "d"];
    const log = await run("says", JSON.stringify(items));
    const types = log.filter(({ type }) => type !== "log_file").map(({ type }) => type);
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      "user_message",
      "session_start",
      "step",
      "data",
      "text_delta",
      "data",
      "text_delta",
      "agent_output",
      "done",
    ]);
    const text = new Map<string, string>();
    for (const { block_id, content } of of(log, "text_delta")) text.set(block_id, (text.get(block_id) ?? "") + content);
    expect([...text.values()]).toEqual(["ab😀", "cd"]);
    expect(of(log, "data").map(({ name, value }) => [name, value])).toEqual([
      ["flow_step", { step: "say", run: 1 }],
      ...items.slice(3, 7).map((value) => ["says", value]),
    ]);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "ab😀cd", reason: "completed", steps: 1 });
  });

  it("DELTA-1: a long text comes in pieces", async () => {
    const long = "😀".repeat(12_000);
    const log = await run("says", JSON.stringify([`x${long}`]));
    expect(Math.max(...of(log, "text_delta").map(({ content }) => content.length))).toBeLessThanOrEqual(10 * 1024);
    expect(log.at(-1)).toMatchObject({ content: `x${long}` });
  });

  it("FLOW-1: its result is said where it said nothing, and shown where it is no text", async () => {
    expect((await run("gives", '"All of it."')).at(-1)).toMatchObject({ type: "done", content: "All of it." });
    const log = await run("gives", '{"total":3}');
    expect(of(log, "data")).toMatchObject([{ name: "result", value: { total: 3 } }]);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "" });
  });

  it.each([
    ["map", "not_json", "A value is not JSON: an object of Map."],
    ["large", "too_large", "32768 are the most"],
  ])("what is not JSON, or too much, ends the run and says so (%s)", async (content, code, message) => {
    const log = await run("bad", content);
    expect(of(log, "text_delta")).toMatchObject([{ content: "before" }]);
    expect(log.at(-1)).toMatchObject({ type: "error", code, reason: "flow_error", retryable: false });
    expect((log.at(-1) as EventOf<"error">).message).toContain(message);
  });

  it("RUN-2: a step that throws ends the run with its error", async () => {
    const log = await run("throws", "x");
    expect(log.at(-1)).toMatchObject({ type: "error", code: "flow_failed", message: "The oven is cold." });
  });

  it("FLOW-2: an endless loop's steps are told 200 times, and no more", async () => {
    const log = await run("turns", "x");
    expect(marks(log)).toHaveLength(199);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "turned 1000 times" });
  });

  it("HTTP-2 HTTP-3: answers both doors that start a run", async () => {
    const body = { message: '["one ","two",{"n":3}]', agent: "says" };
    const whole = await gateway.http.post("/api/v1/agent/run", body);
    expect(whole).toMatchObject({ status: 200, json: { message: "one two", steps: 1, reason: "completed" } });
    const { text } = await gateway.http.post("/api/v1/agent/run/stream", body);
    const events = text
      .split("\n\n")
      .flatMap((frame) => (frame.startsWith("data:") ? [JSON.parse(frame.slice(5))] : []));
    expect(
      events
        .filter(({ type }) => type === "content")
        .map(({ data }) => data.delta)
        .join(""),
    ).toBe("one two");
    expect(events).toContainEqual({ type: "data", data: expect.objectContaining({ name: "says", value: { n: 3 } }) });
    expect(events.at(-1)).toMatchObject({ type: "done", data: { message: "one two" } });
  });

  it("what it said is read by the model that answers next", async () => {
    const { viewer, session_id } = await begin("says", '["Told by a flow."]');
    await viewer.event("done");
    await viewer.send("then", { session_id });
    await viewer.event("done", 2);
    expect(gateway.model.requests.at(-1)?.body.messages).toMatchObject([
      { role: "system" },
      { role: "user" },
      { role: "assistant", content: "Told by a flow." },
      { role: "user", content: "then" },
    ]);
  });
});

describe("agents in a flow", () => {
  it("FLOW-3 TOOL-7 RUN-3: work nested in a call, one at a time or side by side, and their usage is the run's", async () => {
    const log = await run("hands", "look\nscout: look\ndo read_diary a");
    const calls = of(log, "tool_call");
    const own = calls.filter(({ parent_tool_call_id }) => parent_tool_call_id === undefined);
    expect(own.map(({ tool_name, args }) => [tool_name, args])).toEqual([
      ["run_agent", { task: "look" }],
      ["run_agent", { task: "look", agent: "scout" }],
      ["run_agent", { task: "do read_diary a" }],
    ]);
    const [nested] = calls.filter(({ parent_tool_call_id }) => parent_tool_call_id !== undefined);
    expect(nested).toMatchObject({ tool_name: "read_diary", parent_tool_call_id: own[2]?.tool_call_id });
    const printed = of(log, "tool_output_delta").filter(({ tool_call_id }) => tool_call_id === own[0]?.tool_call_id);
    expect(printed.map(({ content }) => content).join("")).toBe("I saw 😀 it.");
    const results = of(log, "tool_result").filter(({ tool_name }) => tool_name === "run_agent");
    expect(results).toMatchObject(
      results.map(() => ({ outcome: "completed", usage: { total_tokens: expect.any(Number) } })),
    );
    const spent = results.reduce((sum, { usage }) => sum + (usage?.total_tokens ?? 0), 0);
    expect(log.at(-1)).toMatchObject({
      type: "done",
      content: "I saw 😀 it. | I saw 😀 it. | All done.",
      usage: { total_tokens: spent },
    });
    const asked = gateway.model.requests.filter(({ body }) =>
      JSON.stringify(body.messages).includes("You are a scout."),
    );
    expect(asked).toHaveLength(1);
  });

  it("LOG-4: agents side by side whose endpoints give the same ids keep their calls apart", async () => {
    const log = await run("hands", "do read_diary a\ndo read_diary b");
    const nested = of(log, "tool_call").filter(({ tool_name }) => tool_name === "read_diary");
    expect(new Set(nested.map(({ tool_call_id }) => tool_call_id)).size).toBe(2);
    expect(new Set(nested.map(({ parent_tool_call_id }) => parent_tool_call_id)).size).toBe(2);
    expect(log.at(-1)).toMatchObject({ type: "done", content: "All done. | All done." });
  });

  it("fail where there is none of that name, or it fails, and say so", async () => {
    expect((await run("hands", "nobody: x")).at(-1)).toMatchObject({
      type: "error",
      message: expect.stringContaining('There is no agent "nobody"'),
    });
    expect((await run("hands", "asks: x")).at(-1)).toMatchObject({ type: "error", code: "flow_failed" });
    const log = await run("hands", "unheard of");
    expect(of(log, "tool_result")).toMatchObject([{ outcome: "failed" }]);
    expect(log.at(-1)).toMatchObject({ type: "error", message: expect.stringContaining("No rule of the script") });
  });

  it("ASK-7: what they do is asked about, under their call", async () => {
    const begun = await begin("hands", "do write f1");
    const { request_id, tool_call_id } = await begun.viewer.event("interaction_request");
    await respond(begun, request_id, "allow_once");
    const log = await ended(begun);
    expect(of(log, "tool_call").map((call) => call.tool_call_id)).toContain(tool_call_id);
    expect(asking.written).toContain("f1");
    expect(log.at(-1)).toMatchObject({ type: "done", content: "All done." });
  });

  it("STOP-2: Stop closes the model's request, every call, and the run", async () => {
    const begun = await begin("hands", "hang\nlook");
    await begun.viewer.event("tool_output_delta");
    const { run_id = "" } = await begun.viewer.event("session_start");
    await begun.viewer.command({ type: "stop", session_id: begun.session_id, run_id });
    const log = await ended(begun);
    expect(log.at(-1)).toMatchObject({ type: "cancelled" });
    await gateway.model.requests.find(({ body }) => JSON.stringify(body).includes('"hang"'))?.closed;
    await begun.viewer.send("then", { session_id: begun.session_id });
    await begun.viewer.event("done");
  });

  it("stopStream breaks off those that nobody waits for", async () => {
    const log = await run("stops", "hang");
    expect(of(log, "tool_result")).toMatchObject([{ outcome: "cancelled" }]);
    expect(log.at(-1)).toMatchObject({ type: "done" });
  });

  it("BREAK-1 BREAK-2: count against the run's limits; continued they go on, ended the run ends", async () => {
    const limits = { token_limit: 5 };
    const begun = await begin("hands", "do read_diary a\ndo read_diary b", { limits });
    const answered = new Set<string>();
    void (async () => {
      for (let nth = 1; ; nth++) {
        const { request_id } = await begun.viewer.event("interaction_request", nth);
        answered.add(request_id);
        await respond(begun, request_id, "continue");
      }
    })().catch(() => {});
    const log = await ended(begun);
    expect(of(log, "circuit_breaker").length).toBeGreaterThan(0);
    expect(answered.size).toBeGreaterThan(0);
    expect(log.at(-1)).toMatchObject({ type: "done" });
    const refused = await run("hands", "do read_diary a; read_diary b", { limits, interactive: false });
    expect(refused.at(-1)).toMatchObject({ type: "error", code: "token_limit", reason: "circuit_breaker" });
  });

  it("BREAK-1 T30: side by side they spend from one limit, which is met once", async () => {
    const task = `do ${["a", "b", "c", "d", "e", "f"].map((what) => `read_diary ${what}`).join("; ")}`;
    const alone = (await run("hands", task)).at(-1) as EventOf<"done">;
    const before = gateway.model.requests.length;
    const limits = { token_limit: alone.usage.total_tokens + 1 };
    const log = await run("hands", Array(4).fill(task).join("\n"), { limits, interactive: false });
    expect(log.at(-1)).toMatchObject({ type: "error", code: "token_limit", reason: "circuit_breaker" });
    expect(of(log, "circuit_breaker")).toHaveLength(1);
    // The seven of one, and those that were under way in the others.
    expect(gateway.model.requests.length - before).toBeLessThanOrEqual(7 + 4);
  });
});

describe("a flow that asks", () => {
  it("ASK-1 ASK-2 ASK-4: waits, is answered from any tab, and goes on", async () => {
    const begun = await begin("asks", "x");
    const request = await begun.viewer.event("interaction_request");
    expect(request).toMatchObject({ interaction_kind: "question", content: "Your name?", options: [] });
    const other = await gateway.connect();
    await other.subscribe(begun.session_id);
    expect((await other.event("interaction_request")).request_id).toBe(request.request_id);
    expect(await respond({ ...begun, viewer: other }, request.request_id, "Ada")).toMatchObject({ type: "ack" });
    expect(await respond(begun, request.request_id, "Bob")).toMatchObject({ code: "already_answered" });
    const sure = await begun.viewer.event("interaction_request", 2);
    expect(sure).toMatchObject({ interaction_kind: "confirm", options: ["yes", "no"] });
    expect(await respond(begun, sure.request_id, "perhaps")).toMatchObject({ code: "bad_request" });
    await respond(begun, sure.request_id, "yes");
    const log = await ended(begun);
    expect(log.at(-1)).toMatchObject({ content: "Hello. A question: Ada said yes; x,Ada." });
    expect(marks(log)).toEqual([
      { step: "begin", run: 1 },
      { step: "name", run: 2 },
      { answered: request.request_id },
      { step: "sure", run: 3 },
      { answered: sure.request_id },
    ]);
  });

  it("ASK-8: nobody is asked where nobody answers, and the run says so", async () => {
    const { status, json } = await gateway.http.post("/api/v1/agent/run", { message: "x", agent: "asks" });
    expect(status).toBe(500);
    expect(json).toMatchObject({ reason: "flow_error", error: { code: "nobody_to_ask" } });
  });

  it("STOP-2 ASK-5: Stop while it waits ends the run, and the question with it", async () => {
    const begun = await begin("asks", "x");
    const { request_id, run_id = "" } = await begun.viewer.event("interaction_request");
    await begun.viewer.command({ type: "stop", session_id: begun.session_id, run_id });
    const log = await ended(begun);
    expect(log.at(-1)).toMatchObject({ type: "cancelled", content: "Hello. A question: " });
    expect(await respond(begun, request_id, "Ada")).toMatchObject({ code: "not_found" });
  });
});

describe("how a flow ends that does not end by itself", () => {
  it("STOP-2: Stop aborts its signal, and nothing of it runs afterwards", async () => {
    const begun = await begin("works", "x");
    const { run_id = "" } = await begun.viewer.event("text_delta");
    const before = stopped.length;
    await begun.viewer.command({ type: "stop", session_id: begun.session_id, run_id });
    expect((await ended(begun)).at(-1)).toMatchObject({ type: "cancelled", content: "working" });
    expect(stopped.slice(before)).toEqual(["works"]);
  });

  it("STOP-2: one that takes no notice of its signal is let go a moment later", async () => {
    const begun = await begin("deaf", "x");
    const { run_id = "" } = await begun.viewer.event("text_delta");
    await begun.viewer.command({ type: "stop", session_id: begun.session_id, run_id });
    expect((await ended(begun)).at(-1)).toMatchObject({ type: "cancelled", content: "deaf" });
  });

  it("BREAK-1: it is ended when it has worked for too long; waiting for people is no work", async () => {
    const limits = { time_limit: 0.3 };
    const log = await run("works", "x", { limits });
    expect(of(log, "circuit_breaker")).toMatchObject([{ reason: "time_limit", limit: 0.3 }]);
    expect(log.at(-1)).toMatchObject({ type: "error", code: "time_limit", reason: "circuit_breaker" });
    const begun = await begin("asks", "x", { limits: { time_limit: 1.5 } });
    const { request_id } = await begun.viewer.event("interaction_request");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await respond(begun, request_id, "Ada");
    await respond(begun, (await begun.viewer.event("interaction_request", 2)).request_id, "no");
    expect((await ended(begun)).at(-1)).toMatchObject({ type: "done" });
  });

  it("ASK-6: a question that nobody answers in time fails the step that asked", async () => {
    await using short = await GatewayUnderTest.start({
      limits: { interaction_ms: 50 },
      settings: { config: flowConfig() },
    });
    const viewer = await short.connect();
    await viewer.send("x", { options: { agent: "asks" } });
    expect(await viewer.event("error")).toMatchObject({ code: "flow_failed", message: "Nobody answered in time." });
  });
});

it("LOG-1 SUB-2: a viewer that comes late sees the same", async () => {
  const begun = await begin("hands", "look\nscout: look");
  await begun.viewer.event("done");
  const late = await gateway.connect();
  await late.subscribe(begun.session_id);
  await late.event("done");
  expect(late.view(begun.session_id)).toEqual(begun.viewer.view(begun.session_id));
});
