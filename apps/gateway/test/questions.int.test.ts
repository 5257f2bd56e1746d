import type { EventOf, SessionStatus } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AskingTools, doAsTold } from "./asking-tools.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { upTo, type Viewer } from "./viewer.ts";

const asking = new AskingTools();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: asking.tools,
    limits: { command_burst: 10_000, rejects_per_minute: 10_000, subscriptions: 1_000 },
    rules: [doAsTold, { when: "hello", script: reply("Hi.") }, { when: "join in", script: reply("Joined.") }],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Open {
  readonly viewer: Viewer;
  readonly session_id: string;
  readonly request_id: string;
  readonly request: EventOf<"interaction_request">;
  readonly run_id: string;
}

/** A run that asks and waits. */
async function opened(content: string, on = gateway): Promise<Open> {
  const viewer = await on.connect();
  const { session_id } = await viewer.send(content);
  const request = await viewer.event("interaction_request");
  return { viewer, session_id, request, request_id: request.request_id, run_id: request.run_id ?? "" };
}

const statusOf = async (session_id: string, on = gateway): Promise<SessionStatus> =>
  ((await on.http.get(`/api/v1/sessions/${session_id}`)).json as { status: SessionStatus }).status;

async function logOf(session_id: string, on = gateway) {
  const log = await on.events(session_id);
  expect(brokenRules(log)).toEqual([]);
  return log;
}

/** What the model read last. */
const lastRead = (on = gateway): string => JSON.stringify(on.model.requests.at(-1)?.body.messages.at(-1));

describe("a call that needs a person's word", () => {
  it("ASK-1 ASK-2 ASK-7 T34: waits, says so to every viewer, and runs when it is allowed", async () => {
    const watcher = await gateway.connect();
    const { viewer, session_id, request, request_id, run_id } = await opened("do write a1");
    expect(request).toMatchObject({
      interaction_kind: "confirm",
      options: ["allow_once", "allow_session", "allow_always", "deny"],
      args_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      content: expect.stringContaining("a1"),
      pattern: "a1",
    });
    expect(request).not.toHaveProperty("expires_at");
    const changed = (status: SessionStatus) =>
      watcher.frame("session_changed", {
        where: (frame) => frame.session_id === session_id && frame.status === status,
      });
    await changed("waiting");
    expect(await statusOf(session_id)).toBe("waiting");
    expect(viewer.events(session_id).some(({ type }) => type === "tool_start")).toBe(false);
    expect(asking.written).not.toContain("a1");
    await watcher.subscribe(session_id);
    expect(await watcher.event("interaction_request")).toEqual(request);
    const from = watcher.frames.length;
    const { args_digest = "" } = request;
    const respond = { type: "respond", session_id, request_id, answer: "allow_once", args_digest } as const;
    const ack = await watcher.command(respond);
    expect(ack).toMatchObject({ type: "ack", session_id, request_id, seq: expect.any(Number) });
    await watcher.frame("session_changed", { from, where: ({ status }) => status === "running" });
    await viewer.event("done");
    expect(asking.written.filter((what) => what === "a1")).toHaveLength(1);
    const log = await logOf(session_id);
    const answer = log.find(({ type }) => type === "user_input_received");
    expect(answer).toMatchObject({
      run_id,
      request_id,
      answer: "allow_once",
      by: "local",
      seq: (ack as { seq: number }).seq,
    });
    expect(log.findIndex(({ type }) => type === "tool_start")).toBeGreaterThan(log.indexOf(answer as never));
    expect(await statusOf(session_id)).toBe("idle");
  });

  it("TOOL-8 ASK-7: refused over HTTP with a comment, it does not run and the model is told by whom and why", async () => {
    const { viewer, session_id, request_id } = await opened("do write a2");
    const path = `/api/v1/sessions/${session_id}/interactions/${request_id}`;
    const answer = await gateway.http.post(path, { answer: "deny", comment: "Not that file." });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ session_id, request_id, seq: expect.any(Number) });
    await viewer.event("done");
    const log = await logOf(session_id);
    expect(log.find(({ type }) => type === "user_input_received")).toMatchObject({
      answer: { answer: "deny", comment: "Not that file." },
    });
    expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "denied", success: false }]);
    expect(log.some(({ type }) => type === "tool_start")).toBe(false);
    expect(asking.written).not.toContain("a2");
    expect(lastRead()).toContain("Not that file.");
    expect(lastRead()).toContain("local");
  });

  it("ASK-7: two calls at once ask one by one; the session waits until the last is answered", async () => {
    const { viewer, session_id } = await opened("do write b1, write b2");
    const second = await viewer.event("interaction_request", 2);
    const first = await viewer.event("interaction_request", 1);
    expect(first.request_id).not.toBe(second.request_id);
    await viewer.command({ type: "respond", session_id, request_id: second.request_id, answer: "allow_once" });
    await viewer.event("tool_result");
    expect(await statusOf(session_id)).toBe("waiting");
    await viewer.command({ type: "respond", session_id, request_id: first.request_id, answer: "deny" });
    await viewer.event("done");
    const log = await logOf(session_id);
    const outcomes = log.flatMap((event) => (event.type === "tool_result" ? [event.outcome] : []));
    expect(outcomes).toEqual(["completed", "denied"]);
    expect(asking.written.filter((what) => what.startsWith("b"))).toHaveLength(1);
  });

  it("ASK-7: allowed for the session, the same is not asked again in it, and something else is", async () => {
    const { viewer, session_id, request_id } = await opened("do write c1; write c1; write c2");
    await viewer.command({ type: "respond", session_id, request_id, answer: "allow_session" });
    const second = await viewer.event("interaction_request", 2);
    expect(second).toMatchObject({ pattern: "c2" });
    expect(asking.written.filter((what) => what === "c1")).toHaveLength(2);
    await viewer.command({ type: "respond", session_id, request_id: second.request_id, answer: "deny" });
    await viewer.event("done");
    const answer = (await logOf(session_id)).find(({ type }) => type === "user_input_received");
    expect(answer).toMatchObject({ answer: "allow_session", remember: "session" });
    const elsewhere = await opened("do write c1");
    await elsewhere.viewer.command({ type: "stop", session_id: elsewhere.session_id, run_id: elsewhere.run_id });
  });

  it("ASK-7: allowed for always, it is listed, holds in other sessions, and is asked again once it is taken back", async () => {
    const { viewer, session_id, request_id } = await opened("do write d1");
    const respond = { type: "respond", session_id, request_id, answer: "allow_once", remember: "always" } as const;
    await viewer.command(respond);
    await viewer.event("done");
    const listed = (await gateway.http.get("/api/v1/permissions")).json as { permissions: { id: string }[] };
    const { workspace } = gateway.settings;
    expect(listed.permissions).toEqual([
      expect.objectContaining({ tool: "write", pattern: "d1", workspace, created_at: expect.any(Number) }),
    ]);
    expect(JSON.stringify(listed)).not.toContain("user_id");
    const free = await gateway.connect();
    await free.send("do write d1");
    await free.event("done");
    expect(free.frames.some(({ type }) => type === "interaction_request")).toBe(false);
    const path = `/api/v1/permissions/${listed.permissions[0]?.id}`;
    expect((await gateway.http.send(path, { method: "DELETE" })).status).toBe(204);
    expect((await gateway.http.send(path, { method: "DELETE" })).status).toBe(404);
    expect((await gateway.http.get("/api/v1/permissions")).json).toEqual({ permissions: [] });
    const again = await opened("do write d1");
    await again.viewer.command({ type: "stop", session_id: again.session_id, run_id: again.run_id });
    expect(asking.written.filter((what) => what === "d1")).toHaveLength(2);
  });

  it("T28: after private data and a stranger's words, what carries out is asked for, and only for this once", async () => {
    const { viewer, session_id, request, request_id } = await opened("do post e0; read_diary x, fetch x; post e1");
    expect(asking.written).toContain("posted e0");
    expect(request).toMatchObject({ options: ["allow_once", "deny"], content: expect.stringContaining("e1") });
    const respond = { type: "respond", session_id, request_id, answer: "allow_once", remember: "always" } as const;
    expect(await viewer.refused(respond)).toBe("bad_request");
    await viewer.command({ type: "respond", session_id, request_id, answer: "deny" });
    await viewer.event("done");
    expect(asking.written).not.toContain("posted e1");
  });
});

describe("a tool's question", () => {
  it.each([
    ["one of its options", "red", "They said red."],
    ["any text", "green, and <b>bold</b> \u0000", "They said green, and <b>bold</b> \u0000."],
    ["a comment beside it", { answer: "blue", comment: "like the sea" }, "They said blue (like the sea)."],
  ])("ASK-4: takes %s, and the tool gets it", async (_what, answer, content) => {
    const { viewer, session_id, request, request_id } = await opened("do ask_user Which colour?");
    expect(request).toMatchObject({ interaction_kind: "question", content: "Which colour?", options: ["red", "blue"] });
    await viewer.command({ type: "respond", session_id, request_id, answer });
    expect(await viewer.event("tool_result")).toMatchObject({ outcome: "completed", content });
    await viewer.event("done");
    const stored = (await logOf(session_id)).find(({ type }) => type === "user_input_received");
    expect(stored).toMatchObject({ answer });
    expect(stored).not.toHaveProperty("remember");
  });
});

describe("answers that do not count", () => {
  it("B57 ASK-2 ASK-3 ASK-4 ASK-5: each is refused with its code, over both doors, and changes nothing", async () => {
    const { viewer, session_id, request_id } = await opened("do write f1");
    const good = { request_id, answer: "allow_once" };
    const head = (await logOf(session_id)).length;
    const rows: [string, number, Record<string, unknown>][] = [
      ["not_found", 404, { ...good, request_id: "none" }],
      ["not_found", 404, { ...good, request_id: "__proto__" }],
      ["not_found", 404, { ...good, session_id: "s_somebody_elses" }],
      ["args_changed", 409, { ...good, args_digest: "0".repeat(64) }],
      ["bad_request", 400, { ...good, answer: "yes" }],
      ["bad_request", 400, { ...good, answer: "" }],
      ["bad_request", 400, { ...good, answer: "continue" }],
      ["bad_request", 400, { ...good, answer: 1 }],
      ["bad_request", 400, { ...good, answer: null }],
      ["bad_request", 400, { ...good, answer: ["allow_once"] }],
      ["bad_request", 400, { ...good, answer: { comment: "x" } }],
      ["bad_request", 400, { ...good, answer: { answer: "allow_once", comment: "x".repeat(16 * 1024 + 1) } }],
      ["bad_request", 400, { request_id }],
      ["bad_request", 400, { ...good, remember: "forever" }],
    ];
    for (const [code, status, { request_id: id, ...body }] of rows) {
      expect([body, await viewer.refused({ type: "respond", session_id, request_id: id, ...body })]).toEqual([
        body,
        code,
      ]);
      const { session_id: of = session_id, ...answer } = body;
      const answered = await gateway.http.post(`/api/v1/sessions/${of}/interactions/${id}`, answer);
      expect([answer, answered.status, answered.json]).toMatchObject([answer, status, { error: { code } }]);
    }
    expect(await logOf(session_id)).toHaveLength(head);
    await viewer.command({ type: "respond", session_id, ...good });
    const late = { type: "respond", session_id, ...good, answer: "deny" } as const;
    const message = expect.stringMatching(/^Already answered by local at \d{4}-\d\d-\d\dT[\d:.]+Z\.$/);
    expect(await viewer.command(late)).toMatchObject({ type: "reject", code: "already_answered", message });
    await viewer.event("done");
    expect(await viewer.command(late)).toMatchObject({ code: "already_answered", message });
    const path = `/api/v1/sessions/${session_id}/interactions/${request_id}`;
    expect(await gateway.http.post(path, { answer: "deny" })).toMatchObject({ status: 409 });
    expect((await gateway.http.get(path)).status).toBe(405);
  });

  it("B44 B57: an answer whose keys reach for a prototype is a bad request on both doors, and answers nothing", async () => {
    const { viewer, session_id, request_id } = await opened("do ask_user Why?");
    const path = `/api/v1/sessions/${session_id}/interactions/${request_id}`;
    const poisons = ['"__proto__":{"polluted":1}', '"constructor":{"prototype":{"polluted":1}}'];
    for (const [index, poison] of poisons.entries()) {
      const answer = `{"answer":"so",${poison}}`;
      const ids = `"session_id":"${session_id}","request_id":"${request_id}"`;
      viewer.write(`{"type":"respond","id":"b44-${index}",${ids},"answer":${answer}}`);
      expect(await viewer.reply(`b44-${index}`)).toMatchObject({ type: "reject", code: "bad_request" });
      expect(await gateway.http.post(path, JSON.parse(`{"answer":${answer}}`))).toMatchObject({
        status: 400,
        json: { error: { code: "bad_request" } },
      });
    }
    expect((await logOf(session_id)).some(({ type }) => type === "user_input_received")).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await viewer.command({ type: "respond", session_id, request_id, answer: "so" })).toMatchObject({
      type: "ack",
    });
    await viewer.event("done");
  });

  it("F37: two tabs answer yes and no at once, 200 times: one counts, the other hears of it, and the tool obeys the first", async () => {
    const tabs = [await gateway.connect(), await gateway.connect()] as const;
    const wins = [0, 0];
    const round = async (n: number): Promise<void> => {
      const { viewer, session_id, request_id } = await opened(`do write race-${n}`);
      const answers = n % 2 === 0 ? (["allow_once", "deny"] as const) : (["deny", "allow_once"] as const);
      const replies = await Promise.all(
        tabs.map((tab, index) =>
          tab.command({ type: "respond", session_id, request_id, answer: answers[index] as string }),
        ),
      );
      await viewer.event("done");
      viewer.terminate();
      const winner = replies.findIndex(({ type }) => type === "ack");
      expect(replies[1 - winner]).toMatchObject({ type: "reject", code: "already_answered" });
      wins[winner] = (wins[winner] ?? 0) + 1;
      const log = await logOf(session_id);
      const stored = log.filter((event) => event.type === "user_input_received");
      expect(stored).toMatchObject([{ answer: answers[winner] }]);
      expect(asking.written.filter((what) => what === `race-${n}`)).toHaveLength(answers[winner] === "deny" ? 0 : 1);
    };
    for (const batch of upTo(20)) await Promise.all(upTo(10).map((n) => round(batch * 10 + n)));
    expect((wins[0] ?? 0) + (wins[1] ?? 0)).toBe(200);
  });
});

describe("while a question is open", () => {
  it("F38 ASK-1 ASK-5: stop ends the call and the run, then the question cannot be answered", async () => {
    for (const content of ["do write g1", "do ask_user Why?"]) {
      const { viewer, session_id, request_id, run_id } = await opened(content);
      expect(await viewer.command({ type: "stop", session_id, run_id })).toMatchObject({ outcome: "stopping" });
      const respond = { type: "respond", session_id, request_id, answer: "allow_once" };
      expect(await viewer.refused(respond)).toBe("not_found");
      await viewer.event("cancelled");
      expect(await viewer.refused(respond)).toBe("not_found");
      const log = await logOf(session_id);
      expect(log.filter(({ type }) => type === "tool_result")).toMatchObject([{ outcome: "cancelled" }]);
      expect(log.some(({ type }) => type === "user_input_received")).toBe(false);
      expect(await statusOf(session_id)).toBe("idle");
      const from = viewer.frames.length;
      await viewer.send("hello", { session_id });
      expect(await viewer.frame("done", { from })).toMatchObject({ content: "Hi." });
    }
    expect(asking.written).not.toContain("g1");
  });

  it("F38 ASK-5: raced against the answer, a stop ends the run, and an answer that was acked stands before it", async () => {
    const tab = await gateway.connect();
    const outcomes = new Set<string>();
    const round = async (n: number): Promise<void> => {
      const { viewer, session_id, request_id, run_id } = await opened(`do ask_user ${n}`);
      const respond = { type: "respond", session_id, request_id, answer: "red" } as const;
      const stopping = n % 2 === 0 ? viewer.command({ type: "stop", session_id, run_id }) : null;
      for (let turn = 0; turn < n % 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      const answering = tab.command(respond);
      const [stop, answer] = await Promise.all([
        stopping ?? viewer.command({ type: "stop", session_id, run_id }),
        answering,
      ]);
      await viewer.until((frame) => frame.type === "cancelled" || frame.type === "done");
      viewer.terminate();
      const log = await logOf(session_id);
      const at = (type: string): number => log.findIndex((event) => event.type === type);
      expect(at("user_input_received") >= 0).toBe(answer.type === "ack");
      const stopped = stop.type === "ack" && stop.outcome === "stopping";
      expect(log.at(-1)?.type).toBe(stopped ? "cancelled" : "done");
      if (answer.type === "reject") expect(answer.code).toBe("not_found");
      else if (stopped) expect(at("user_input_received")).toBeLessThan(at("stop_requested"));
      outcomes.add(`${answer.type} ${stopped ? "stopped" : "done"}`);
    };
    for (const batch of upTo(12)) await Promise.all(upTo(10).map((n) => round(batch * 10 + n)));
    expect(outcomes).toContain("ack stopped");
    expect(outcomes).toContain("reject stopped");
  });

  it("SEND-6 SEND-7 SEND-9: the queue works as ever, and the session goes on waiting", async () => {
    const { viewer, session_id, request_id } = await opened("do write h1");
    const { message_id: taken } = await viewer.send("do write h2", { session_id });
    await viewer.send("hello", { session_id });
    const { message_id: steered } = await viewer.send("join in", { session_id, mode: "steer" });
    expect(await statusOf(session_id)).toBe("waiting");
    expect(await viewer.command({ type: "unsend", session_id, message_id: taken })).toMatchObject({ type: "ack" });
    expect(await statusOf(session_id)).toBe("waiting");
    await viewer.command({ type: "respond", session_id, request_id, answer: "allow_once" });
    expect(await viewer.event("step", 2)).toMatchObject({ message_ids: [steered] });
    expect(await viewer.event("done", 1)).toMatchObject({ content: "Joined." });
    expect(await viewer.event("done", 2)).toMatchObject({ content: "Hi." });
    const { queue, turns } = viewer.view(session_id);
    expect([queue, turns.length]).toEqual([[], 2]);
    await logOf(session_id);
  });

  it("SESSION-2: a session that is deleted lets go of its question", async () => {
    const { viewer, session_id, request_id } = await opened("do write i1");
    expect(await viewer.command({ type: "delete_session", session_id })).toMatchObject({ type: "ack" });
    expect(await viewer.refused({ type: "respond", session_id, request_id, answer: "deny" })).toBe("not_found");
  });
});

describe("a question with a time", () => {
  it("ASK-6: unanswered in time it is denied by expiry, and the run goes on", async () => {
    await using brief = await GatewayUnderTest.start({
      tools: asking.tools,
      rules: [doAsTold],
      limits: { interaction_ms: 150 },
    });
    const { viewer, session_id, request, request_id } = await opened("do write j1, ask_user Why?", brief);
    expect((request.expires_at ?? 0) - request.ts).toBeGreaterThanOrEqual(140);
    await viewer.event("done");
    const log = await logOf(session_id, brief);
    expect(log.filter(({ type }) => type === "user_input_received")).toMatchObject([
      { answer: "deny", by: "expiry" },
      { answer: "deny", by: "expiry" },
    ]);
    const outcomes = log.flatMap((event) => (event.type === "tool_result" ? [event.outcome] : []));
    expect(outcomes.toSorted()).toEqual(["denied", "failed"]);
    expect(asking.written).not.toContain("j1");
    const late = await viewer.command({ type: "respond", session_id, request_id, answer: "deny" });
    expect(late).toMatchObject({
      code: "already_answered",
      message: expect.stringMatching(/^Nobody answered in time/),
    });
  });
});

describe("a run that nobody watches", () => {
  const denied = { outcome: "denied", success: false };

  it("ASK-8 TOOL-8 HTTP-2: /agent/run asks nothing unless it is told that somebody will answer", async () => {
    const body = { message: "do write k1, ask_user Why?" };
    const answer = await gateway.http.post("/api/v1/agent/run", body);
    expect(answer.status).toBe(200);
    const { session_id, tool_calls } = answer.json as { session_id: string; tool_calls: object[] };
    expect(answer.json).toMatchObject({ message: "All done.", reason: "completed" });
    expect(tool_calls).toMatchObject([{ success: false }, { success: false }]);
    const log = await logOf(session_id);
    expect(log.some(({ type }) => type === "interaction_request")).toBe(false);
    const results = log.filter((event) => event.type === "tool_result");
    expect(results.find(({ tool_name }) => tool_name === "write")).toMatchObject({
      ...denied,
      content: expect.stringContaining("nobody can be asked"),
    });
    expect(results.find(({ tool_name }) => tool_name === "ask_user")).toMatchObject({ outcome: "failed" });
    expect(log[0]).toMatchObject({ type: "user_message", options: { interactive: false } });
  });

  it("ASK-8 HTTP-3: so does /agent/run/stream", async () => {
    const options = { method: "POST", body: { message: "do write k2" } };
    const stream = await gateway.http.stream("/api/v1/agent/run/stream", options);
    expect((await stream.type("tool_result")).data).toMatchObject({ tool: "write", success: false });
    await stream.type("done");
    expect(stream.messages.some(({ data }) => (data as { type: string }).type === "interaction_request")).toBe(false);
    expect(asking.written).not.toContain("k2");
  });

  it("ASK-8: interactive: true asks there too, and another viewer answers", async () => {
    const options = { method: "POST", body: { message: "do write k3", interactive: true } };
    const stream = await gateway.http.stream("/api/v1/agent/run/stream", options);
    const { request_id } = (await stream.type("interaction_request")).data as { request_id: string };
    const { sessions } = (await gateway.http.get("/api/v1/sessions?limit=1")).json as {
      sessions: { session_id: string }[];
    };
    const path = `/api/v1/sessions/${sessions[0]?.session_id}/interactions/${request_id}`;
    expect((await gateway.http.post(path, { answer: "allow_once" })).status).toBe(200);
    await stream.type("done");
    expect(asking.written).toContain("k3");
  });

  it("ASK-8: a message on a socket may ask for the same", async () => {
    const viewer = await gateway.connect();
    await viewer.send("do write k4", { options: { interactive: false } });
    expect(await viewer.event("tool_result")).toMatchObject(denied);
    await viewer.event("done");
  });
});
