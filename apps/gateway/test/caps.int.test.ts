import { randomUUID } from "node:crypto";
import { reply } from "@millrace/scripted-model";
import { afterEach, describe, expect, it } from "vitest";
import type { Limits } from "../src/index.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { SseReader } from "./http-client.ts";
import type { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const TOKEN = "the-right-token-of-the-gateway";
const headers = { Authorization: `Bearer ${TOKEN}` };

let gateway: GatewayUnderTest;
afterEach(() => gateway[Symbol.asyncDispose]());

/** @param signIn whether people have to say who they are */
async function start(limits: Partial<Limits>, signIn = true): Promise<void> {
  gateway = await GatewayUnderTest.start({
    limits,
    settings: signIn ? { auth: { token: TOKEN, read_token: null, oidc: null } } : {},
    rules: [
      { when: /^hang/, script: [{ text: "a" }, { hang: true }] },
      { when: /./, script: reply("Hi.") },
    ],
  });
}

const connect = (): Promise<Viewer> => gateway.connect({ headers });
const session = async (given = headers): Promise<string> =>
  ((await gateway.http.post("/api/v1/sessions", {}, given)).json as { session_id: string }).session_id;

describe("streams of one user", () => {
  it("B87: the 101st is 429; reading without a stream goes on, and one that is closed makes room", async () => {
    await start({}, false);
    const session_id = await session();
    const path = `/api/v1/sessions/${session_id}/events`;
    const open: SseReader[] = [];
    for (let opened = 0; opened < 100; opened += 1) open.push(await gateway.http.stream(path));
    expect(open.every(({ response }) => response.statusCode === 200)).toBe(true);
    const next = await gateway.http.get(path, { Accept: "text/event-stream" });
    expect(next).toMatchObject({ status: 429, json: { error: { code: "subscription_limit" } } });
    expect(next.text.length).toBeLessThan(200);
    for (const door of ["/api/v1/agent/run", "/api/v1/agent/run/stream"])
      expect((await gateway.http.post(door, { message: "hello" })).status).toBe(429);
    expect(gateway.model.requests).toHaveLength(0);
    for (const long of [path, `/api/v1/sessions/${session_id}/export`])
      expect((await gateway.http.get(long)).status).toBe(429);
    expect((await gateway.http.get(`/api/v1/sessions/${session_id}`)).status).toBe(200);
    const viewer = await gateway.connect();
    await viewer.subscribe(session_id);
    open[0]?.leave();
    await eventually(
      async () => (await gateway.http.post("/api/v1/agent/run", { message: "hello" })).status === 200,
      "room",
    );
    for (const reader of open) reader.leave();
  });
});

describe("requests of one user", () => {
  it("T7: beyond the rate HTTP is 429 with Retry-After and commands are rejected, over all their sockets", async () => {
    await start({ user_request_burst: 20, user_requests_per_minute: 6 });
    const [one, two] = [await connect(), await connect()];
    for (let asked = 0; asked < 10; asked += 1)
      expect((await gateway.http.get("/api/v1/models", headers)).status).toBe(200);
    for (let asked = 0; asked < 5; asked += 1) {
      expect(await one.command({ type: "ping" })).toMatchObject({ type: "ack" });
      expect(await two.command({ type: "ping" })).toMatchObject({ type: "ack" });
    }
    for (const viewer of [one, two]) {
      const limited = await viewer.command({ type: "ping" });
      expect(limited).toMatchObject({ type: "reject", code: "rate_limited", retry_after_ms: expect.any(Number) });
      expect(viewer.socket.readyState).toBe(viewer.socket.OPEN);
    }
    const refused = await gateway.http.post("/api/v1/sessions", {}, headers);
    expect(refused).toMatchObject({ status: 429, json: { error: { code: "rate_limited" } } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await gateway.http.get("/healthz")).status).toBe(200);
  });

  it("T7: in local mode the one user there is has all of it", async () => {
    await start({ user_request_burst: 1, user_requests_per_minute: 1, user_connections: 1, user_runs: 1 }, false);
    const [viewer] = [await gateway.connect(), await gateway.connect()];
    for (let asked = 0; asked < 5; asked += 1) expect((await gateway.http.get("/api/v1/models")).status).toBe(200);
    for (const content of ["hang", "hang again"]) await viewer?.send(content);
    await eventually(() => gateway.model.requests.length === 2, "two runs");
  });
});

describe("sockets of one user", () => {
  it("T7: one too many is closed with 4104, and one that is closed makes room", async () => {
    await start({ user_connections: 2 });
    const [first] = [await connect(), await connect()];
    const third = await gateway.connect({ headers }).catch((error: Error) => error.message);
    expect(third).toMatch(/^Closed with 4104 connection limit/);
    first?.terminate();
    await eventually(async () => {
      const next = await connect().catch(() => null);
      return next !== null;
    }, "room");
  });
});

describe("runs of one user", () => {
  it("T30: one too many is run_limit by every door; what is known or joins an open run is taken", async () => {
    await start({ user_runs: 2 });
    const viewer = await connect();
    const message_id = randomUUID();
    const { session_id } = await viewer.send("hang", { message_id });
    await viewer.send("hang again");
    await eventually(() => gateway.model.requests.length === 2, "two runs");
    expect(await viewer.refused({ type: "send", message_id: randomUUID(), content: "third" })).toBe("run_limit");
    const other = await session();
    const body = { content: "third", message_id: randomUUID() };
    const refused = await gateway.http.post(`/api/v1/sessions/${other}/messages`, body, headers);
    expect(refused).toMatchObject({ status: 429, json: { error: { code: "run_limit" } } });
    expect((await gateway.http.post("/api/v1/agent/run", { message: "third" }, headers)).status).toBe(429);
    const again = { type: "send", session_id, message_id, content: "hang", mode: "queue" } as const;
    expect(await viewer.command(again)).toMatchObject({ type: "ack", duplicate: true });
    const joins = { ...again, message_id: randomUUID(), content: "joins" };
    expect(await viewer.command(joins)).toMatchObject({ type: "ack", duplicate: false });
    expect(gateway.model.requests).toHaveLength(2);
    const begun = await viewer.event("session_start", 2);
    const { session_id: second, run_id = "" } = begun;
    await viewer.command({ type: "stop", session_id: second, run_id });
    await viewer.frame("cancelled", { where: (frame) => frame.session_id === second });
    await eventually(
      async () => (await gateway.http.post(`/api/v1/sessions/${other}/messages`, body, headers)).status === 202,
      "room",
    );
    await within(viewer.frame("session_changed", { where: (frame) => frame.session_id === other }), "the run");
  });
});
