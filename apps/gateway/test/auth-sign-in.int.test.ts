import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import type { HttpAnswer } from "./http-client.ts";
import { exchange, type RawAnswer } from "./raw-socket.ts";
import { upgradeFrom } from "./upgrade-from.ts";
import type { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const TOKEN = "the-right-token";

let model: ScriptedModel;
let folder: Folder;
const running: ChildGateway[] = [];

beforeAll(async () => {
  const script = [{ text: "a" }, { hang: true }] as const;
  const rules = [
    { when: "hang", script },
    { when: "hello", script: reply("Hi.") },
  ];
  model = await startScriptedModel({ responder: scriptByContent(rules) });
});
afterAll(() => model.close());
beforeEach(() => {
  folder = new Folder();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.kill();
  folder[Symbol.dispose]();
});

async function boot(env: Record<string, string> = { MILLRACE_TOKEN: TOKEN }, PORT = "0"): Promise<ChildGateway> {
  const gateway = await ChildGateway.start({ data_dir: folder.path, model, env: { PORT, ...env } });
  running.push(gateway);
  return gateway;
}

function setCookie(answer: HttpAnswer): string {
  return answer.headers["set-cookie"]?.[0] ?? "";
}

async function signIn({ http }: ChildGateway, token = TOKEN): Promise<{ Cookie: string }> {
  const answer = await http.post("/api/v1/sign-in", { token });
  expect(answer.status).toBe(200);
  return { Cookie: setCookie(answer).split(";")[0] ?? "" };
}

describe("signing in", () => {
  it("T3: a token becomes a cookie that no script reads, no other site sends and no other port uses", async () => {
    const gateway = await boot();
    const answer = await gateway.http.post("/api/v1/sign-in", { token: TOKEN });
    expect(answer).toMatchObject({ status: 200, json: { user: { id: "local" }, scope: "full" } });
    const [pair = "", ...attributes] = setCookie(answer).split("; ");
    expect(pair).toMatch(new RegExp(`^millrace_${gateway.port}=[\\w-]{43}$`));
    expect(attributes.toSorted()).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Strict"]);
    expect(answer.text + pair).not.toContain(TOKEN);
    expect((await gateway.http.get("/api/v1/models", { Cookie: pair })).status).toBe(200);
    const renamed = pair.replace(String(gateway.port), "1");
    for (const cookie of [renamed, `${pair}x`, `x${pair}`, pair.replace(/=.*/, "="), "="]) {
      expect([cookie, (await gateway.http.get("/api/v1/models", { Cookie: cookie })).status]).toEqual([cookie, 401]);
    }
    const planted = `millrace_${gateway.port}=${"a".repeat(43)}; ${pair}`;
    expect((await gateway.http.get("/api/v1/models", { Cookie: planted })).status).toBe(200);
    const viewer = await gateway.connect({ headers: { Cookie: pair } });
    expect(viewer.frames[0]).toMatchObject({ type: "welcome", user: { id: "local" } });
  });

  it("T6: a wrong token gets no cookie, and neither does a form, another site or a text", async () => {
    const { http, port } = await boot();
    const wrong = await http.post("/api/v1/sign-in", { token: "wrong" });
    expect(wrong).toMatchObject({ status: 401, json: { error: { code: "unauthorized" } } });
    const send = (headers: Record<string, string>, body: unknown = { token: TOKEN }) =>
      http.send("/api/v1/sign-in", { method: "POST", headers, body });
    const refused = [
      await send({ Origin: "https://evil.com" }),
      await send({ Origin: `http://127.0.0.1:${port + 1}` }),
      await send({ "Sec-Fetch-Site": "cross-site" }),
      await send({ "Content-Type": "text/plain" }, JSON.stringify({ token: TOKEN })),
      await send({ "Content-Type": "application/x-www-form-urlencoded" }, `token=${TOKEN}`),
      await send({}, {}),
      await send({}, { token: [TOKEN] }),
      await send({}, { token: "x".repeat(17_000) }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 415, 415, 400, 400, 400]);
    for (const answer of [wrong, ...refused]) expect(setCookie(answer)).toBe("");
  });

  it("T3: off loopback the cookie is Secure and bound to its host, and over plain http there is none", async () => {
    const gateway = await boot({ MILLRACE_TOKEN: TOKEN, MILLRACE_HOSTS: "chat.example.com" });
    const ask = (origin: string | null): Promise<RawAnswer> => {
      const body = JSON.stringify({ token: TOKEN });
      const given = origin === null ? "" : `Origin: ${origin}\r\n`;
      const head = `POST /api/v1/sign-in HTTP/1.1\r\nHost: chat.example.com\r\n${given}Connection: close\r\n`;
      const type = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      return exchange(gateway.port, head + type + body);
    };
    for (const origin of ["https://chat.example.com", null]) {
      const { status, head } = await ask(origin);
      expect([origin, status]).toEqual([origin, 200]);
      expect(head).toMatch(
        new RegExp(
          `Set-Cookie: __Host-millrace_${gateway.port}=[^;]+; Path=/; .*HttpOnly; SameSite=Strict; Secure\r\n`,
        ),
      );
    }
    const plain = await ask("http://chat.example.com");
    expect([plain.status, plain.body]).toEqual([400, expect.stringContaining("insecure")]);
    expect(plain.head).not.toContain("Set-Cookie");
    // The name without the prefix counts for nothing there.
    const { Cookie } = await signIn(gateway);
    const head = `GET /api/v1/models HTTP/1.1\r\nHost: chat.example.com\r\nConnection: close\r\nCookie:`;
    expect((await exchange(gateway.port, `${head} ${Cookie}\r\n\r\n`)).status).toBe(401);
    expect((await exchange(gateway.port, `${head} __Host-${Cookie}\r\n\r\n`)).status).toBe(200);
  });

  it("T3 T24: it survives a restart and kill -9; the file holds neither cookie nor token and is its owner's alone", async () => {
    const first = await boot();
    const { Cookie } = await signIn(first);
    const file = join(folder.path, "sign-ins.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(Cookie.split("=")[1]);
    const { port } = first;
    await first.kill();
    const second = await boot({ MILLRACE_TOKEN: TOKEN }, String(port));
    expect((await second.http.get("/api/v1/models", { Cookie })).status).toBe(200);
  });

  it("T11: another MILLRACE_TOKEN ends what the old one began, also for who edits the file", async () => {
    const first = await boot();
    const { Cookie } = await signIn(first);
    const { port } = first;
    await first.kill("SIGTERM");
    const file = join(folder.path, "sign-ins.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"token"', '"read_token"'));
    const second = await boot({ MILLRACE_TOKEN: "another", MILLRACE_READ_TOKEN: TOKEN }, String(port));
    expect((await second.http.get("/api/v1/models", { Cookie })).status).toBe(401);
    await second.kill("SIGTERM");
    writeFileSync(file, "{");
    const third = await boot({ MILLRACE_TOKEN: TOKEN }, String(port));
    expect((await third.http.get("/api/v1/models", { Cookie })).status).toBe(401);
    await signIn(third);
  });
});

describe("how many sign-ins there may be", () => {
  const READ_TOKEN = "the-readers-token";
  const env = { MILLRACE_TOKEN: TOKEN, MILLRACE_READ_TOKEN: READ_TOKEN };
  const start = async (limits: Record<string, number>): Promise<ChildGateway> => {
    const gateway = await ChildGateway.start({ data_dir: folder.path, model, env, limits });
    running.push(gateway);
    return gateway;
  };

  it("T7 T11: who has only the read token signs out nobody but themselves, however often they come", async () => {
    const gateway = await start({ user_sign_ins: 5, sign_ins: 8, sign_ins_per_minute: 100 });
    const owner = await signIn(gateway);
    const viewer = await gateway.connect({ headers: owner });
    const readers: { Cookie: string }[] = [];
    for (let made = 0; made < 20; made++) readers.push(await signIn(gateway, READ_TOKEN));
    const status = async (headers: { Cookie: string }): Promise<number> =>
      (await gateway.http.get("/api/v1/models", headers)).status;
    expect(await Promise.all(readers.map(status))).toEqual([...Array(15).fill(401), ...Array(5).fill(200)]);
    expect(await status(owner)).toBe(200);
    expect(await viewer.command({ type: "ping" })).toMatchObject({ type: "ack" });
    const { sign_ins } = JSON.parse(readFileSync(join(folder.path, "sign-ins.json"), "utf8"));
    expect(sign_ins).toHaveLength(6);
  });

  it("T7: with as many as there may be, who has none is told so with 503, and nobody is put out", async () => {
    const gateway = await start({ sign_ins: 1 });
    const owner = await signIn(gateway);
    const answer = await gateway.http.post("/api/v1/sign-in", { token: READ_TOKEN });
    expect(answer).toMatchObject({ status: 503, json: { error: { code: "overloaded" } } });
    expect(setCookie(answer)).toBe("");
    expect((await gateway.http.get("/api/v1/models", owner)).status).toBe(200);
  });

  it("T7: so many a minute, then 429 with the wait, before the body is read; each token has a share of its own", async () => {
    const gateway = await start({ sign_ins_per_minute: 3, auth_failures_per_minute: 100 });
    const { http } = gateway;
    const ask = (token: string) => http.post("/api/v1/sign-in", { token });
    for (let made = 0; made < 3; made++) await signIn(gateway, READ_TOKEN);
    const over = await ask(READ_TOKEN);
    expect(over).toMatchObject({ status: 429, json: { error: { code: "rate_limited" } } });
    expect(setCookie(over)).toBe("");
    expect(Number(over.headers["retry-after"])).toBeGreaterThan(50);
    await signIn(gateway);
    // Who is not known counts for the address, whatever they send.
    const strangers = [
      await ask("wrong"),
      await http.post("/api/v1/sign-in", {}),
      await ask("wrong"),
      await ask(TOKEN),
    ];
    expect(strangers.map(({ status }) => status)).toEqual([401, 400, 401, 429]);
    expect((await http.send("/api/v1/sign-in", { method: "POST", body: "x".repeat(60_000) })).status).toBe(429);
    await eventually(() => gateway.process.stderr.includes('"why":"rate_limited"'), "the audit line");
  });
});

describe("signing out", () => {
  it("T11 T13: closes every socket and stream of that sign-in with 4102 at once, and no other; resuming is refused", async () => {
    const gateway = await boot();
    const [mine, other] = [await signIn(gateway), await signIn(gateway)];
    const sockets: Viewer[] = [];
    for (const headers of [mine, mine, other]) sockets.push(await gateway.connect({ headers }));
    const [one, two, kept] = sockets as [Viewer, Viewer, Viewer];
    const { session_id } = await one.send("hang");
    await one.event("text_delta");
    await kept.subscribe(session_id);
    const sse = await gateway.http.stream(`/api/v1/sessions/${session_id}/events`, { headers: mine });
    const run = gateway.http.stream("/api/v1/agent/run/stream", {
      method: "POST",
      headers: mine,
      body: { message: "hang" },
    });
    await (await run).type("content");
    const began = performance.now();
    const answer = await gateway.http.post("/api/v1/sign-out", {}, mine);
    expect(answer.status).toBe(204);
    expect(setCookie(answer)).toMatch(new RegExp(`^millrace_${gateway.port}=; Path=/; Max-Age=0;`));
    expect(await within(Promise.all([one.closed, two.closed]), "4102", 5_000)).toMatchObject([
      { code: 4102 },
      { code: 4102 },
    ]);
    await within(Promise.all([sse.ended, (await run).ended]), "the streams' end", 5_000);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await gateway.http.get(`/api/v1/sessions/${session_id}/events`, mine)).status).toBe(401);
    const resumed = await gateway.http.send(`/api/v1/sessions/${session_id}/events`, {
      headers: { ...mine, Accept: "text/event-stream", "Last-Event-ID": "e.1" },
    });
    expect(resumed.status).toBe(401);
    // Nobody, now: a socket that has yet to say who it is.
    const { socket } = await upgradeFrom(gateway.port, "127.0.0.1", mine);
    let heard = 0;
    socket?.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    expect(await kept.command({ type: "ping" })).toMatchObject({ type: "ack" });
    expect(heard).toBe(0);
    socket?.destroy();
    await eventually(() => gateway.process.stderr.includes('"msg":"signed out"'), "the audit line");
    await gateway.kill();
    const again = await boot({ MILLRACE_TOKEN: TOKEN }, String(gateway.port));
    expect((await again.http.get("/api/v1/models", mine)).status).toBe(401);
    expect((await again.http.get("/api/v1/models", other)).status).toBe(200);
  });

  it("without a sign-in it does nothing, and another site cannot do it", async () => {
    const gateway = await boot();
    const mine = await signIn(gateway);
    expect((await gateway.http.post("/api/v1/sign-out", {})).status).toBe(204);
    const foreign = { ...mine, Origin: "https://evil.com" };
    expect((await gateway.http.post("/api/v1/sign-out", {}, foreign)).status).toBe(403);
    expect((await gateway.http.send("/api/v1/sign-out", { method: "POST", headers: mine })).status).toBe(415);
    expect((await gateway.http.get("/api/v1/models", mine)).status).toBe(200);
    expect((await gateway.http.get("/api/v1/sign-out", mine)).status).toBe(405);
  });

  it("T11: a sign-in that is over by the clock closes its sockets with 4006", async () => {
    const limits = { sign_in_ms: 1_500 };
    const env = { MILLRACE_TOKEN: TOKEN };
    const gateway = await ChildGateway.start({ data_dir: folder.path, model, env, limits });
    running.push(gateway);
    const headers = await signIn(gateway);
    const viewer = await gateway.connect({ headers });
    expect(await within(viewer.closed, "4006")).toMatchObject({ code: 4006 });
    expect((await gateway.http.get("/api/v1/models", headers)).status).toBe(401);
  });
});

describe("the page", () => {
  it("T15: is small, loads nothing, may do nothing but ask, and frames nowhere", async () => {
    const { http } = await boot();
    const page = await http.get("/sign-in?next=/s/s_1");
    expect(page.status).toBe(200);
    expect(page.text.length).toBeLessThan(12_000);
    expect(page.text).not.toMatch(/(?:src|href)="(?!data:,")/);
    expect(page.text).toContain("登录");
    const policy = String(page.headers["content-security-policy"]);
    for (const part of ["default-src 'none'", "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain("unsafe");
    expect((await http.send("/sign-in", { method: "POST", body: {} })).status).toBe(405);
  });

  it("local mode has none: it leads to the interface, and there is nothing to sign in to", async () => {
    const { http } = await boot({});
    const page = await http.get("/sign-in");
    expect([page.status, page.headers.location]).toEqual([302, "/"]);
    for (const path of ["/api/v1/sign-in", "/api/v1/sign-out"]) {
      const answer = await http.post(path, { token: TOKEN });
      expect([answer.status, setCookie(answer)]).toEqual([404, ""]);
    }
  });
});
