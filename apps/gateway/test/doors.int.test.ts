import { readFileSync } from "node:fs";
import { type Event, emptyView, fold, isTerminal, settle } from "@millrace/protocol";
import { brokenRules } from "@millrace/protocol/testing";
import { floodText, numberedFlood, reply, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gate, gated, holdingTool } from "./gate.ts";
import { CANARY_KEY, GatewayUnderTest } from "./gateway-under-test.ts";
import type { SseReader } from "./http-client.ts";
import { coverage, upTo } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const gates = new Map<string, Gate>();
const gateOf = (text: string): Gate => {
  const gate = gates.get(text) ?? new Gate();
  gates.set(text, gate);
  return gate;
};
const open = new Gate();
open.open();
const hold = holdingTool(open);
let gateway: GatewayUnderTest;
const STREAM = "/api/v1/agent/run/stream";

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    tools: [hold.tool],
    limits: { heartbeat_ms: 80, command_burst: 1_000 },
    rules: [
      { when: /^hello|你好/, script: reply("Hi there!", { reasoning: "A greeting.", size: 3 }) },
      { when: /^flood/, script: numberedFlood({ count: 400, pace_ms: 1 }) },
      {
        when: /^wait/,
        script: (_r, { text, signal }) => gated([{ text: "one " }, gateOf(text), { text: "two" }], signal),
      },
      {
        when: "tool",
        script: (_r, { step }) =>
          step === 1
            ? [{ text: "Wait." }, ...toolCalls([{ id: "c", name: "hold", arguments: { say: "…" }, fragments: 3 }])]
            : reply("Held."),
      },
      { when: "loop", script: toolCalls([{ id: "c", name: "hold", arguments: {} }]) },
      { when: "fail", script: [{ status: 401, body: { error: { message: `bad key ${CANARY_KEY}` } } }] },
    ],
  });
});
afterAll(async () => {
  expect(gateway.log.join("\n")).not.toContain(CANARY_KEY);
  await gateway[Symbol.asyncDispose]();
});

describe("POST /api/v1/agent/run", () => {
  it("HTTP-2: answers when the run has ended, with what it adds up to", async () => {
    const answer = await gateway.http.post("/api/v1/agent/run", { message: "tool", max_steps: 5 });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        session_id: expect.stringMatching(/^s_/),
        run_id: expect.any(String),
        message: "Held.",
        steps: 2,
        reason: "completed",
        usage: { total_tokens: expect.any(Number) },
        tool_calls: [{ tool_call_id: "c", tool: "hold", arguments: { say: "…" }, success: true }],
      },
    });
  });

  it("goes on in a session, and says how a run failed", async () => {
    const first = (await gateway.http.post("/api/v1/agent/run", { message: "hello" })).json as { session_id: string };
    const { session_id } = first;
    const second = await gateway.http.post("/api/v1/agent/run", { message: "hello again", session_id });
    expect(second.json).toMatchObject({ session_id, message: "Hi there!" });
    expect(gateway.model.requests.at(-1)?.body.messages.filter(({ role }) => role === "user")).toHaveLength(2);
    const failed = await gateway.http.post("/api/v1/agent/run", { message: "fail" });
    expect(failed).toMatchObject({ status: 502, json: { reason: "model_error", error: { code: "unauthorized" } } });
    expect(failed.text).not.toContain(CANARY_KEY);
    const loop = await gateway.http.post("/api/v1/agent/run", { message: "loop", max_steps: 2 });
    expect(loop.json).toMatchObject({ reason: "max_steps_reached", steps: 2 });
  });

  it("a caller who leaves cancels the run", async () => {
    const answer = gateway.http.open("/api/v1/agent/run", { method: "POST", body: { message: "wait, then leave" } });
    answer.catch(() => {});
    await gateOf("wait, then leave").reached;
    const asked = gateway.model.requests.at(-1);
    // The answer has not begun, so the only way to leave is to break the connection.
    const { RawSocket } = await import("./raw-socket.ts");
    const body = JSON.stringify({ message: "wait, raw" });
    using raw = new RawSocket(gateway.port);
    raw.write(
      `POST /api/v1/agent/run HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await gateOf("wait, raw").reached;
    const mine = gateway.model.requests.at(-1);
    raw.socket.destroy();
    await within(mine?.closed ?? Promise.reject(), "the request to be closed");
    expect([asked?.aborted, mine?.aborted]).toEqual([false, true]);
    gateOf("wait, then leave").open();
    (await answer).resume();
  });
});

describe("POST /api/v1/agent/run/stream", () => {
  const streamed = (body: object): Promise<SseReader> => gateway.http.stream(STREAM, { method: "POST", body });

  it("HTTP-3: the seed's events in the seed's shapes, every other one under its own name", async () => {
    const stream = await streamed({ message: "tool" });
    expect(stream.response.headers["content-type"]).toContain("text/event-stream");
    await within(stream.ended, "the stream's end");
    const all = stream.messages.map(({ data }) => data as { type: string; data: Record<string, unknown> });
    const of = (type: string) => all.filter((event) => event.type === type).map(({ data }) => data);
    expect(of("step")[0]).toMatchObject({ step: 1, max_steps: 50, tokens: expect.any(Number), token_limit: 128_000 });
    expect(
      of("content")
        .map(({ delta }) => delta)
        .join(""),
    ).toBe("Wait.Held.");
    expect(of("tool_call")).toEqual([{ tool: "hold", arguments: { say: "…" }, tool_call_id: "c" }]);
    expect(of("tool_result")).toEqual([
      {
        tool: "hold",
        success: true,
        content: "held",
        error: null,
        execution_time: expect.any(Number),
        tool_call_id: "c",
      },
    ]);
    expect(all.at(-1)).toEqual({
      type: "done",
      data: {
        message: "Held.",
        steps: 2,
        reason: "completed",
        usage: expect.any(Object),
        session_id: expect.any(String),
      },
    });
    expect(of("tool_output_delta")).toMatchObject([{ tool_call_id: "c", offset: 0, content: "…" }]);
    expect(all.map(({ type }) => type)).toContain("session_start");
    expect(all.some(({ data }) => "seq" in data || "v" in data)).toBe(false);
  });

  it("HTTP-3: a failed run ends with error {message, reason}", async () => {
    const stream = await streamed({ message: "loop", max_steps: 1 });
    await within(stream.ended, "the stream's end");
    expect(stream.messages.at(-1)?.data).toMatchObject({
      type: "error",
      data: { message: expect.any(String), reason: "max_steps_reached" },
    });
  });

  it("B90: the curl example as documented, in local mode", async () => {
    const answer = await gateway.http.post(
      STREAM,
      { message: "你好", max_steps: 5 },
      { Accept: "*/*", "User-Agent": "curl/8" },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toContain("text/event-stream");
    const last = answer.text.trim().split("\n\n").at(-1) ?? "";
    expect(JSON.parse(last.slice("data: ".length))).toMatchObject({ type: "done", data: { message: "Hi there!" } });
  });

  it("B90: the seed's JavaScript client, which reads line by line, works", async () => {
    const response = await fetch(`${gateway.url}${STREAM}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: "你好,请介绍一下自己" }),
    });
    const decoder = new TextDecoder();
    let said = "";
    let done = false;
    for await (const value of response.body ?? []) {
      for (const line of decoder.decode(value).split("\n")) {
        if (!line.startsWith("data: ")) continue;
        const event = JSON.parse(line.slice(6)) as { type: string; data: { delta: string } };
        if (event.type === "content") said += event.data.delta;
        else if (event.type === "done") done = true;
      }
    }
    expect({ said, done }).toEqual({ said: "Hi there!", done: true });
  });

  it("HTTP-4: a comment comes while nothing happens", async () => {
    const stream = await streamed({ message: "wait for comments" });
    await stream.type("content");
    await eventually(() => stream.comments.length >= 2, "two comments");
    gateOf("wait for comments").open();
    await stream.type("done");
  });

  it("F97 HTTP-5: the only reader leaves a run it made: cancelled, upstream closed", async () => {
    const stream = await streamed({ message: "wait and leave" });
    await stream.type("content");
    const asked = gateway.model.requests.at(-1);
    stream.leave();
    await within(asked?.closed ?? Promise.reject(), "the model's request to be closed");
    expect(asked?.aborted).toBe(true);
    const { sessions } = (await gateway.http.get("/api/v1/sessions?q=wait+and+leave")).json as {
      sessions: { session_id: string }[];
    };
    const session_id = sessions[0]?.session_id ?? "";
    await eventually(async () => (await gateway.events(session_id)).some(isTerminal), "the run's end");
    expect((await gateway.events(session_id)).at(-1)).toMatchObject({ type: "cancelled", content: "one " });
  });

  it("F97: with a session_id, or with a second viewer, the run goes on", async () => {
    const made = (await gateway.http.post("/api/v1/sessions", { title: "Mine" })).json as { session_id: string };
    const named = await streamed({ message: "wait, named", session_id: made.session_id });
    await named.type("content");
    named.leave();
    const watched = await streamed({ message: "wait, watched" });
    const { data } = (await watched.type("session_start")) as { data: { run_id: string } };
    await watched.type("content");
    const viewer = await gateway.connect();
    const { sessions } = (await gateway.http.get("/api/v1/sessions?q=wait,+watched")).json as {
      sessions: { session_id: string }[];
    };
    const session_id = sessions[0]?.session_id ?? "";
    await viewer.subscribe(session_id);
    await viewer.subscribe(made.session_id);
    watched.leave();
    await within(watched.ended, "the leaving");
    await viewer.command({ type: "ping" });
    gateOf("wait, named").open();
    gateOf("wait, watched").open();
    const ends = await Promise.all([
      viewer.frame("done", { where: (frame) => frame.session_id === made.session_id }),
      viewer.frame("done", { where: (frame) => frame.run_id === data.run_id }),
    ]);
    expect(ends.map(({ content }) => content)).toEqual(["one two", "one two"]);
  });

  it("a message that is taken back, or a deleted session, ends the stream with interrupted", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("wait for the stream");
    await viewer.event("text_delta");
    const stream = await streamed({ message: "hello, never", session_id });
    const queued = await viewer.event("user_message", 2);
    await viewer.command({ type: "unsend", session_id, message_id: queued.message_id });
    expect(await stream.type("error")).toMatchObject({ data: { reason: "interrupted", session_id } });
    await within(stream.ended, "the stream's end");
    const other = await streamed({ message: "hello, never too", session_id });
    await viewer.event("user_message", 3);
    await viewer.command({ type: "delete_session", session_id });
    expect(await other.type("error")).toMatchObject({ data: { reason: "interrupted" } });
  });
});

describe("/api/v1/sessions", () => {
  it("HTTP-6: makes, reads, renames, lists, finds and deletes", async () => {
    const { http } = gateway;
    const made = await http.post("/api/v1/sessions", { title: "A blue title" });
    expect(made).toMatchObject({ status: 201, json: { title: "A blue title", status: "idle", head: 0, model: null } });
    const { session_id } = made.json as { session_id: string };
    const path = `/api/v1/sessions/${session_id}`;
    expect((await http.get(path)).json).toMatchObject({ session_id, epoch: expect.any(String) });
    const renamed = await http.send(path, { method: "PATCH", body: { title: "A green title", model: "scripted-two" } });
    expect(renamed).toMatchObject({ status: 200, json: { title: "A green title", model: "scripted-two", head: 1 } });
    const found = async (q: string): Promise<string[]> =>
      (
        (await http.get(`/api/v1/sessions?q=${encodeURIComponent(q)}`)).json as { sessions: { session_id: string }[] }
      ).sessions.map((session) => session.session_id);
    expect(await found("GREEN title")).toEqual([session_id]);
    await http.post("/api/v1/agent/run", { message: "hello zebra", session_id });
    expect(await found("zebra")).toEqual([session_id]);
    expect((await http.send(path, { method: "DELETE" })).status).toBe(204);
    expect((await http.get(path)).status).toBe(404);
    expect(await found("zebra")).toEqual([]);
  });

  it("HTTP-6: pages do not overlap and end with a null cursor", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await gateway.http.get(`/api/v1/sessions?limit=3${query}`)).json as {
        sessions: { session_id: string }[];
        next_cursor: string | null;
      };
      expect(page.sessions.length).toBeLessThanOrEqual(3);
      seen.push(...page.sessions.map(({ session_id }) => session_id));
      cursor = page.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(3);
    expect(await gateway.http.get("/api/v1/sessions?cursor=3")).toMatchObject({
      status: 400,
      json: { error: { code: "bad_request", message: "cursor: must be the next_cursor of a page" } },
    });
  });

  it("commands over HTTP: a message, its stop, and taking one back", async () => {
    const { http } = gateway;
    const { session_id } = (await http.post("/api/v1/sessions", {})).json as { session_id: string };
    const path = `/api/v1/sessions/${session_id}`;
    const ids = ["5a0e5f0e-9a3b-4b52-8a53-0d5c5a0f3b01", "5a0e5f0e-9a3b-4b52-8a53-0d5c5a0f3b02"] as const;
    await http.post(`${path}/messages`, { message_id: ids[0], content: "wait over HTTP" });
    await gateOf("wait over HTTP").reached;
    await http.post(`${path}/messages`, { message_id: ids[1], content: "hello" });
    expect(await http.send(`${path}/messages/${ids[1]}`, { method: "DELETE" })).toMatchObject({ status: 200 });
    const start = (await gateway.events(session_id)).find(({ type }) => type === "session_start");
    const stopped = await http.post(`${path}/stop`, { run_id: start?.run_id });
    expect(stopped).toMatchObject({ status: 200, json: { outcome: "stopping" } });
    await eventually(async () => (await gateway.events(session_id)).some(isTerminal), "the end");
    expect(await http.post(`${path}/stop`, { run_id: start?.run_id })).toMatchObject({
      json: { outcome: "already_ended" },
    });
    expect(await http.post(`${path}/stop`, { run_id: "none" })).toMatchObject({ status: 404 });
    expect(brokenRules(await gateway.events(session_id))).toEqual([]);
  });
});

describe("GET /api/v1/sessions/:id/events", () => {
  const eventsOf = (sse: SseReader): Event[] =>
    sse.messages.filter(({ event }) => event === "message").map(({ data }) => data as Event);

  it("F15 SSE-1 SSE-3 HTTP-7: WebSocket, SSE and JSON give the same fold at all times, and the same events once settled", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("tool");
    await viewer.send("flood for three doors", { session_id });
    const path = `/api/v1/sessions/${session_id}/events`;
    const sse = await gateway.http.stream(path);
    const settledLog = (events: readonly Event[]): Event[] => settle(events);
    while (!viewer.view(session_id).turns.some((turn, index) => index === 1 && turn.ended_seq !== null)) {
      const json = await gateway.events(session_id);
      const at = json.at(-1)?.seq ?? 0;
      await viewer.until((frame) => "v" in frame && frame.seq >= at);
      await sse.until(({ data }) => (data as Event).seq >= at);
      const [a, b, c] = [viewer.events(session_id), eventsOf(sse), json].map((events) => {
        expect(coverage(events)).toEqual(upTo(events.at(-1)?.seq ?? 0));
        return events.filter((event) => event.seq <= at);
      }) as [Event[], Event[], Event[]];
      const views = [a, b, c].map((events) => fold(emptyView(), events));
      const last = Math.min(...views.map(({ seq }) => seq));
      if (views.every(({ seq }) => seq === last)) expect([views[1], views[2]]).toEqual([views[0], views[0]]);
      expect(brokenRules(json)).toEqual([]);
    }
    const head = viewer.view(session_id).seq;
    await sse.until(({ data }) => (data as Event).seq >= head);
    const json = await gateway.events(session_id);
    expect(settledLog(viewer.events(session_id))).toEqual(settledLog(json));
    expect(settledLog(eventsOf(sse))).toEqual(settledLog(json));
    await eventually(
      async () => (await gateway.events(session_id)).length === settledLog(json).length,
      "the log to settle",
    );
    const text = (await gateway.http.get(path)).text;
    const late = await gateway.connect();
    await late.subscribe(session_id);
    await late.frame("live");
    const fresh = await gateway.http.stream(path);
    await fresh.until(({ data }) => (data as Event).seq >= head);
    expect(late.events(session_id)).toEqual(JSON.parse(text));
    expect(eventsOf(fresh)).toEqual(JSON.parse(text));
    expect(fold(emptyView(), JSON.parse(text) as Event[]).turns[1]?.phase).toMatchObject({
      content: floodText({ count: 400 }),
    });
    for (const reader of [sse, fresh]) reader.leave();
  });

  it("SSE-2 B79: Last-Event-ID resumes after it; one that does not fit is answered with reset first", async () => {
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("hello for SSE");
    const { seq: head } = await viewer.event("done");
    const path = `/api/v1/sessions/${session_id}/events`;
    const epoch = (await gateway.http.get(path)).headers["millrace-epoch"] as string;
    const from = async (id: string | null, query = ""): Promise<SseReader> => {
      const stream = await gateway.http.stream(`${path}${query}`, {
        headers: id === null ? {} : { "Last-Event-ID": id },
      });
      await stream.until(({ data }) => (data as Event).seq === head);
      stream.leave();
      return stream;
    };
    const resumed = await from(`${epoch}.3`);
    expect(resumed.messages[0]).toMatchObject({ event: "message", data: { seq: expect.any(Number) } });
    expect(coverage(eventsOf(resumed)).filter((seq) => seq > 3)).toEqual(upTo(head, 4));
    expect(resumed.messages.at(-1)?.id).toBe(`${epoch}.${head}`);
    for (const id of [`${epoch}.99999`, "another-epoch.2"]) {
      const reset = await from(id);
      expect(reset.messages[0]).toMatchObject({ event: "reset", data: { epoch, head } });
      expect(coverage(eventsOf(reset))).toEqual(upTo(head));
    }
    for (const id of ["garbage", `${epoch}.`, `${epoch}.-1`, ".", "😀".repeat(3)]) {
      const absent = await from(id === "😀😀😀" ? "%F0" : id, "?after=4");
      expect(absent.messages.some(({ event }) => event === "reset")).toBe(false);
      expect(coverage(eventsOf(absent)).filter((seq) => seq > 4)).toEqual(upTo(head, 5));
    }
    const huge = await gateway.http.get(path, { "Last-Event-ID": "x".repeat(20_000) });
    expect(huge.status).toBe(431);
    await from(`${epoch}.3`, "?after=0");
    const after = (await gateway.http.get(`${path}?after=${head}`)).json;
    expect(after).toEqual([]);
  });

  it("SSE-4: a comment comes while nothing happens", async () => {
    const { session_id } = (await gateway.http.post("/api/v1/sessions", {})).json as { session_id: string };
    const stream = await gateway.http.stream(`/api/v1/sessions/${session_id}/events`);
    await eventually(() => stream.comments.length >= 2, "two comments");
    stream.leave();
  });
});

describe("the rest", () => {
  it("HTTP-8: models, the default first; tools with their descriptions", async () => {
    const known = { context: 128_000, tool_mode: "auto", thinking: false, images: false };
    expect((await gateway.http.get("/api/v1/models")).json).toEqual({
      models: [
        { id: "scripted", ...known },
        { id: "scripted-two", ...known },
      ],
      default: "scripted",
    });
    expect((await gateway.http.get("/api/v1/tools")).json).toEqual({
      tools: [{ name: "hold", description: "Waits until it is let go." }],
      servers: [],
    });
  });

  it("HTTP-9: healthz and readyz", async () => {
    expect(await gateway.http.get("/healthz")).toMatchObject({ status: 200, json: { status: "ok" } });
    expect(await gateway.http.get("/readyz")).toMatchObject({ status: 200, json: { status: "ready" } });
  });

  it("T14: every answer carries a strict content policy and no hint of what made it", async () => {
    for (const path of ["/", "/healthz", "/api/v1/sessions", "/nothing"]) {
      const { headers } = await gateway.http.get(path);
      const policy = headers["content-security-policy"] as string;
      for (const part of [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]) {
        expect(policy).toContain(part);
      }
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["x-powered-by"]).toBeUndefined();
    }
  });

  it("T24: the key is in no frame, no answer and not in the database", () => {
    expect(readFileSync(`${gateway.settings.data_dir}/millrace.db`).includes(CANARY_KEY)).toBe(false);
    expect(readFileSync(`${gateway.settings.data_dir}/millrace.db-wal`).includes(CANARY_KEY)).toBe(false);
  });
});
