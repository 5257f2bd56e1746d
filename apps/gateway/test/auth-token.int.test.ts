import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder, GatewayProcess } from "./child-gateway.ts";
import { exchange } from "./raw-socket.ts";
import { upgradeFrom } from "./upgrade-from.ts";
import { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const TOKEN = "canary-token-7c1e0a55d2";
const BEARER = { Authorization: `Bearer ${TOKEN}` };

let model: ScriptedModel;
let gateway: ChildGateway;
const folder = new Folder();
const viewers: Viewer[] = [];

beforeAll(async () => {
  model = await startScriptedModel({ responder: scriptByContent([{ when: "hello", script: reply("Hi.") }]) });
  gateway = await boot(folder);
});
afterAll(async () => {
  await gateway.kill();
  await model.close();
  folder[Symbol.dispose]();
});
afterEach(() => {
  for (const viewer of viewers.splice(0)) viewer.terminate();
});

function boot({ path }: Folder, { limits = {}, env = {} }: Partial<Parameters<typeof ChildGateway.start>[0]> = {}) {
  const few = { auth_ms: 400, unauthenticated_upgrades: 1_000, auth_failures_per_minute: 1_000, ...limits };
  return ChildGateway.start({ data_dir: path, model, limits: few, env: { MILLRACE_TOKEN: TOKEN, ...env } });
}

/** A socket that has not been welcomed, and may never be. */
function knock(headers: Record<string, string> = {}, port = gateway.port): Viewer {
  const viewer = new Viewer(`ws://127.0.0.1:${port}/api/v1/ws`, { headers });
  viewers.push(viewer);
  return viewer;
}

async function opened(port = gateway.port): Promise<Viewer> {
  const viewer = knock({}, port);
  await within(new Promise((resolve) => viewer.socket.once("open", resolve)), "the 101");
  return viewer;
}

describe("with MILLRACE_TOKEN, HTTP", () => {
  it.each([
    ["GET", "/api/v1/models"],
    ["GET", "/api/v1/tools"],
    ["GET", "/api/v1/agents"],
    ["GET", "/api/v1/sessions"],
    ["POST", "/api/v1/sessions"],
    ["GET", "/api/v1/sessions/s_1/events"],
    ["POST", "/api/v1/agent/run/stream"],
    ["POST", "/api/v1/agent/run"],
    ["GET", "/api/v1/permissions"],
    ["GET", "/api/v1/ws"],
    ["GET", "/api/v1/nothing"],
    ["GET", "/api"],
  ])("B5 T3: %s %s says nothing to somebody without a token", async (method, path) => {
    const body = method === "POST" ? { message: "hello" } : undefined;
    const asked = model.requests.length;
    for (const headers of [{}, { Authorization: "Bearer wrong" }, { Authorization: `Basic ${TOKEN}` }]) {
      const answer = await gateway.http.send(path, { method, headers, body });
      expect(answer).toMatchObject({ status: 401, json: { error: { code: "unauthorized" } } });
      expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
    }
    expect(model.requests.length).toBe(asked);
    expect((await gateway.http.send(path, { method, headers: BEARER, body })).status).not.toBe(401);
  });

  it("B5: health, the page to sign in and the interface's files are there for everybody", async () => {
    for (const path of ["/healthz", "/readyz", "/sign-in"]) {
      expect([path, (await gateway.http.get(path)).status]).toEqual([path, 200]);
    }
    expect([200, 503]).toContain((await gateway.http.get("/")).status);
    expect((await gateway.http.get("/metrics")).status).toBe(401);
  });

  it("B5 T7: nobody's body is waited for before it is known who they are", async () => {
    const head = `POST /api/v1/agent/run HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nContent-Type: application/json\r\n`;
    const answer = await exchange(gateway.port, `${head}Content-Length: 60000\r\n\r\n{`);
    expect(answer.status).toBe(401);
  });

  it("B20: a token in the address is 400 token_in_url, right or wrong, on every route and however it is written", async () => {
    for (const query of [
      `token=${TOKEN}`,
      `access_token=${TOKEN}`,
      `a=1&%74oken=${TOKEN}`,
      `TOKEN=${TOKEN}`,
      "token",
      `jwt=${TOKEN}`,
      `x-api-key=${TOKEN}`,
    ]) {
      for (const path of ["/api/v1/models", "/sign-in", "/", "/healthz", "/api/v1/ws"]) {
        const answer = await gateway.http.get(`${path}?${query}`, BEARER);
        expect(answer).toMatchObject({ status: 400, json: { error: { code: "token_in_url" } } });
        expect(answer.text).not.toContain(TOKEN);
      }
    }
    const shaken = knock(BEARER);
    await shaken.frame("welcome");
    const raw = await exchange(
      gateway.port,
      `GET /api/v1/ws?token=${TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect([raw.status, raw.body]).toEqual([400, expect.stringContaining("token_in_url")]);
  });

  it("B18 B84: what a client says about itself changes nothing", async () => {
    const said = { "X-User": "admin", "X-Forwarded-User": "admin", "X-Forwarded-For": "10.0.0.9", "X-Role": "owner" };
    expect((await gateway.http.get("/api/v1/sessions", said)).status).toBe(401);
    const viewer = knock({ ...BEARER, ...said });
    expect((await viewer.frame("welcome")).user).toEqual({ id: "local" });
    await gateway.http.get("/api/v1/sessions", { ...said, Authorization: "Bearer other" });
    await eventually(() => gateway.process.stderr.includes('"why":"invalid"'), "the audit line");
    expect(gateway.process.stderr).not.toContain("10.0.0.9");
  });
});

describe("with MILLRACE_TOKEN, the WebSocket", () => {
  it("B5: Authorization at the upgrade is welcomed at once, and welcome says who", async () => {
    const viewer = knock(BEARER);
    expect(await viewer.frame("welcome")).toMatchObject({ user: { id: "local" } });
    expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });

  it("B16: a wrong Authorization is 401 at the upgrade", async () => {
    for (const value of ["Bearer wrong", "Bearer ", `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN} x`]) {
      expect(await upgradeFrom(gateway.port, "127.0.0.1", { Authorization: value })).toMatchObject({
        status: 401,
        code: "unauthorized",
      });
    }
  });

  it("HTTP-12 B5 B17: without any it gets 101 and no word, until auth with the token", async () => {
    const viewer = await opened();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(viewer.frames).toEqual([]);
    viewer.write({ type: "auth", token: TOKEN, id: "a" });
    expect(await viewer.frame("welcome")).toMatchObject({ user: { id: "local" } });
    expect(viewer.frames[0]?.type).toBe("welcome");
    expect(await viewer.reply("a")).toMatchObject({ type: "ack" });
    expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });

  it("B17: commands right behind auth are carried out after welcome, in order", async () => {
    const viewer = await opened();
    viewer.write({ type: "auth", token: TOKEN });
    viewer.write({ type: "ping", id: "p1" });
    viewer.write({ type: "subscribe", id: "p2", session_id: "s_none" });
    expect(await viewer.reply("p2")).toMatchObject({ type: "reject", code: "not_found" });
    expect(viewer.frames.map(({ type }) => type)).toEqual(["welcome", "ack", "reject"]);
  });

  it("B17: no auth in time is 4101", async () => {
    const began = performance.now();
    expect(await (await opened()).closed).toMatchObject({ code: 4101 });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it.each([
    ["a wrong token", { type: "auth", token: "wrong" }],
    ["an empty token", { type: "auth", token: "" }],
    ["no token", { type: "auth" }],
    ["a token that is no text", { type: "auth", token: 7 }],
    ["a token and a claim to be someone", { type: "auth", token: "wrong", user: "local", role: "owner" }],
    ["a longer token", { type: "auth", token: `${TOKEN}x` }],
    ["a part of it", { type: "auth", token: TOKEN.slice(0, -1) }],
  ])("B17 B18: %s is 4101", async (_name, frame) => {
    const viewer = await opened();
    viewer.write(frame);
    expect(await within(viewer.closed, "4101")).toMatchObject({ code: 4101 });
    expect(viewer.frames).toEqual([]);
  });

  it.each([
    { type: "ping", id: "1" },
    { type: "send", id: "1", message_id: "00000000-0000-4000-8000-000000000001", content: "x" },
    { type: "subscribe", id: "1", session_id: "s_1" },
    { type: "unknown", id: "1" },
  ])("B56: $type before auth is 4101 and does nothing", async (frame) => {
    const viewer = await opened();
    viewer.write(frame);
    viewer.write({ type: "auth", token: TOKEN });
    expect(await within(viewer.closed, "4101")).toMatchObject({ code: 4101 });
    expect(viewer.frames).toEqual([]);
  });

  it("B33 B39: before auth a frame that is none closes with 4100, a binary one with 1003", async () => {
    const text = await opened();
    text.write("{");
    expect(await within(text.closed, "4100")).toMatchObject({ code: 4100 });
    const binary = await opened();
    binary.socket.send(Buffer.from("x"));
    expect(await within(binary.closed, "1003")).toMatchObject({ code: 1003 });
  });

  it("B56: auth a second time is rejected as bad_request, and the socket stays", async () => {
    const viewer = await opened();
    viewer.write({ type: "auth", token: TOKEN });
    await viewer.frame("welcome");
    expect(await viewer.refused({ type: "auth", token: TOKEN })).toBe("bad_request");
    expect(await viewer.refused({ type: "auth", token: "wrong" })).toBe("bad_request");
    expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });

  it("B56: an unsupported version is 4103 before anything else", async () => {
    const viewer = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`, { protocols: ["millrace.v9"] });
    viewers.push(viewer);
    expect(await within(viewer.closed, "4103")).toMatchObject({ code: 4103 });
  });

  it("F31: a socket that waits is closed with 1012 when the process goes", async () => {
    using own = new Folder();
    await using small = await boot(own, { limits: { auth_ms: 60_000 } });
    const viewer = await opened(small.port);
    expect(await small.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(await viewer.closed).toMatchObject({ code: 1012 });
  });
});

describe("the addresses", () => {
  const off = { HOST: "0.0.0.0", MILLRACE_HOSTS: "chat.example.com" };

  it("B89: with a token it may be reached from elsewhere, under its address and its names only", async () => {
    using own = new Folder();
    const started = GatewayProcess.main({
      PORT: "0",
      MILLRACE_DATA_DIR: own.path,
      OPENAI_BASE_URL: model.url,
      MILLRACE_MODEL: "m",
      MILLRACE_TOKEN: TOKEN,
      ...off,
    });
    await using stopping = new AsyncDisposableStack();
    stopping.defer(async () => void (await started.kill("SIGTERM")));
    await eventually(() => started.stdout.includes("listening"), "the gateway to listen", 20_000);
    const port = Number(/:(\d+)$/m.exec(started.stdout)?.[1]);
    const statusOf = async (host: string): Promise<number> => {
      const head = `GET /healthz HTTP/1.1\r\nHost: ${host.replace("PORT", String(port))}\r\nConnection: close\r\n\r\n`;
      return (await exchange(port, head)).status;
    };
    for (const host of ["127.0.0.1:PORT", "chat.example.com"])
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of ["evil.com:PORT", "127.0.0.1", "10.1.2.3:PORT"])
      expect([host, await statusOf(host)]).toEqual([host, 421]);
  });

  it.each([
    ["OIDC_AUDIENCE", { OIDC_ISSUER: "https://id.example.com" }],
    ["OIDC_ISSUER", { OIDC_AUDIENCE: "x" }],
    ["OIDC_ISSUER", { OIDC_ISSUER: "http://id.example.com", OIDC_AUDIENCE: "x" }],
    ["MILLRACE_TOKEN", { MILLRACE_READ_TOKEN: "r" }],
    ["MILLRACE_READ_TOKEN", { MILLRACE_TOKEN: "same", MILLRACE_READ_TOKEN: "same" }],
    ["MILLRACE_TOKEN", { MILLRACE_TOKEN: "with space" }],
    ["HOST", { HOST: "0.0.0.0" }],
  ])("B89: without %s as it should be it does not start: %o", async (name, env) => {
    using own = new Folder();
    const started = GatewayProcess.main({ PORT: "0", MILLRACE_DATA_DIR: own.path, ...(env as Record<string, string>) });
    expect(await within(started.exit, "the exit", 20_000)).toEqual({ code: 1, signal: null });
    expect(started.stderr).toMatch(/^millrace: [^\n]+\n$/);
    expect(started.stderr).toContain(name);
    expect(started.stdout).toBe("");
  });
});

describe("what is written down", () => {
  it("T34: who came in and who was turned away, with address and connection, at any log level", async () => {
    const lines = () =>
      gateway.process.stderr.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    const before = lines().length;
    await gateway.http.get("/api/v1/models", { Authorization: "Bearer wrong" });
    await gateway.http.send("/healthz", { headers: { Origin: "https://evil.com" } });
    const viewer = knock(BEARER);
    const { connection_id } = await viewer.frame("welcome");
    await eventually(() => lines().length >= before + 3, "the audit lines");
    expect(lines().slice(before)).toMatchObject([
      { audit: true, address: "127.0.0.1", why: "invalid", msg: "refused" },
      { audit: true, address: "127.0.0.1", why: "forbidden", msg: "refused" },
      { audit: true, address: "127.0.0.1", connection_id, user_id: "local", via: "token", msg: "connected" },
    ]);
  });

  it("T5 T24: the token is in no line, however much is logged", async () => {
    using own = new Folder();
    await using chatty = await boot(own, { env: { LOG_LEVEL: "trace" } });
    await chatty.http.get("/api/v1/models", BEARER);
    await chatty.http.get("/api/v1/models", { Authorization: `Bearer ${TOKEN}x` });
    await chatty.http.get(`/api/v1/models?token=${TOKEN}`);
    await chatty.http.post("/api/v1/sign-in", { token: TOKEN });
    const viewer = await opened(chatty.port);
    viewer.write({ type: "auth", token: TOKEN });
    await viewer.frame("welcome");
    await chatty.kill("SIGTERM");
    expect(chatty.process.stderr).toContain('"audit":true');
    expect(chatty.process.stdout + chatty.process.stderr + JSON.stringify(viewer.frames)).not.toContain(TOKEN);
  });
});
