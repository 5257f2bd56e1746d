import { reply, type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { type Upgraded, upgradeFrom } from "./upgrade-from.ts";
import { Viewer } from "./viewer.ts";
import { within } from "./within.ts";

const TOKEN = "the-right-token";
const BEARER = { Authorization: `Bearer ${TOKEN}` };

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel({ responder: scriptByContent([{ when: "hello", script: reply("Hi.") }]) });
});
afterAll(() => model.close());

class Started implements AsyncDisposable {
  readonly folder = new Folder();
  readonly gateway: Promise<ChildGateway>;

  constructor(limits: Record<string, number> = {}) {
    this.gateway = ChildGateway.start({ data_dir: this.folder.path, model, limits, env: { MILLRACE_TOKEN: TOKEN } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.gateway).kill();
    this.folder[Symbol.dispose]();
  }
}

describe("guessing the token", () => {
  it("T6: of 1,000 tries in a minute, by every door and from many addresses, 5 are looked at", async () => {
    await using started = new Started({ unauthenticated_upgrades: 10_000, unauthenticated_waiting: 10_000 });
    const { http, port } = await started.gateway;
    const statuses = new Map<number, number>();
    const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);
    for (let tried = 0; tried < 800; tried++) {
      const wrong = `guess-${tried}`;
      // What stands beside it must not get it past the limit.
      const beside = { "X-Forwarded-For": `10.0.0.${tried % 250}`, Cookie: `millrace_${port}=${"a".repeat(43)}` };
      if (tried % 2 === 0) count((await http.post("/api/v1/sign-in", { token: wrong }, beside)).status);
      else count((await http.get("/api/v1/models", { Authorization: `Bearer ${wrong}`, ...beside })).status);
    }
    for (let tried = 0; tried < 200; tried++) {
      const headers = { Authorization: `Bearer upgrade-${tried}` };
      count((await upgradeFrom(port, `127.0.0.${2 + (tried % 100)}`, headers)).status);
    }
    expect(statuses).toEqual(
      new Map([
        [401, 5],
        [429, 995],
      ]),
    );
    const limited = await http.get("/api/v1/models", { Authorization: "Bearer x" });
    expect(limited).toMatchObject({ status: 429, json: { error: { code: "rate_limited" } } });
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(limited.headers["retry-after"])).toBeLessThanOrEqual(60);
  });

  it("T6: then the right token is not looked at either, and a socket is closed with 4101 and the wait", async () => {
    await using started = new Started();
    const { http, port } = await started.gateway;
    for (let tried = 0; tried < 5; tried++) {
      expect((await http.get("/api/v1/models", { Authorization: `Bearer ${tried}` })).status).toBe(401);
    }
    expect((await http.get("/api/v1/models", BEARER)).status).toBe(429);
    expect((await http.post("/api/v1/sign-in", { token: TOKEN })).status).toBe(429);
    expect((await upgradeFrom(port, "127.0.0.1", BEARER)).status).toBe(429);
    expect((await upgradeFrom(port, "127.0.0.77", BEARER)).status).toBe(429);
    const viewer = new Viewer(`ws://127.0.0.1:${port}/api/v1/ws`);
    await within(new Promise((resolve) => viewer.socket.once("open", resolve)), "the 101");
    viewer.write({ type: "auth", token: TOKEN });
    const { code, reason } = await within(viewer.closed, "4101");
    expect(code).toBe(4101);
    expect(reason).toMatch(/wait \d+ s$/);
  });

  it("T6: a flood from elsewhere does not lock out who worked here before, nor who has signed in", async () => {
    await using started = new Started();
    const { http, port } = await started.gateway;
    const signedIn = await http.post("/api/v1/sign-in", { token: TOKEN });
    const cookie = String(signedIn.headers["set-cookie"]?.[0]).split(";")[0] ?? "";
    for (let tried = 0; tried < 5; tried++) {
      expect((await upgradeFrom(port, "127.0.0.9", { Authorization: `Bearer ${tried}` })).status).toBe(401);
    }
    expect((await upgradeFrom(port, "127.0.0.8", BEARER)).status).toBe(429);
    expect((await http.get("/api/v1/models", BEARER)).status).toBe(200);
    // Its own guesses count as everybody's do.
    for (let tried = 0; tried < 5; tried++) {
      expect((await http.get("/api/v1/models", { Authorization: `Bearer ${tried}` })).status).toBe(401);
    }
    expect((await http.get("/api/v1/models", BEARER)).status).toBe(429);
    expect((await http.get("/api/v1/models", { Cookie: cookie })).status).toBe(200);
    expect((await http.get("/api/v1/models", { Cookie: cookie, Authorization: "Bearer x" })).status).toBe(429);
  });
});

describe("sockets that do not say who they are", () => {
  it("B19: the 51st upgrade of one address in 10 s is 429, loopback or not; who is known passes", async () => {
    await using started = new Started();
    const { http, port } = await started.gateway;
    const signedIn = await http.post("/api/v1/sign-in", { token: TOKEN });
    const cookie = String(signedIn.headers["set-cookie"]?.[0]).split(";")[0] ?? "";
    const open: Upgraded[] = [];
    for (let knocked = 0; knocked < 50; knocked++) open.push(await upgradeFrom(port));
    expect(open.map(({ status }) => status)).toEqual(Array(50).fill(101));
    const next = await upgradeFrom(port);
    expect(next).toMatchObject({ status: 429, code: "rate_limited" });
    expect(Number(next.headers["retry-after"])).toBeLessThanOrEqual(10);
    // Neither a token beside it nor a claim of another address skips the limit.
    expect((await upgradeFrom(port, "127.0.0.1", BEARER)).status).toBe(429);
    expect((await upgradeFrom(port, "127.0.0.1", { "X-Forwarded-For": "10.1.1.1" })).status).toBe(429);
    expect((await upgradeFrom(port, "127.0.0.1", { Cookie: `${cookie}x` })).status).toBe(429);
    const own = await upgradeFrom(port, "127.0.0.1", { Cookie: cookie });
    const elsewhere = await upgradeFrom(port, "127.0.0.5");
    expect([own.status, elsewhere.status]).toEqual([101, 101]);
    expect((await http.get("/api/v1/models", BEARER)).status).toBe(200);
    for (const { socket } of [...open, own, elsewhere]) socket?.destroy();
  });

  it("B19: upgrades with the right token are not counted, those with a wrong one are", async () => {
    await using started = new Started({ unauthenticated_upgrades: 3, auth_failures_per_minute: 100 });
    const { port } = await started.gateway;
    const open: Upgraded[] = [];
    for (let knocked = 0; knocked < 10; knocked++) open.push(await upgradeFrom(port, "127.0.0.1", BEARER));
    expect(open.every(({ status }) => status === 101)).toBe(true);
    const wrong = { Authorization: "Bearer wrong" };
    for (let knocked = 0; knocked < 3; knocked++)
      expect((await upgradeFrom(port, "127.0.0.1", wrong)).status).toBe(401);
    expect((await upgradeFrom(port, "127.0.0.1", wrong)).status).toBe(429);
    for (const { socket } of open) socket?.destroy();
  });

  it("B19 T7: with 200 waiting the next one is 503; when they are gone there is room again", async () => {
    await using started = new Started({ auth_ms: 4_000 });
    const { http, port } = await started.gateway;
    const open: Upgraded[] = [];
    for (let knocked = 0; knocked < 200; knocked++)
      open.push(await upgradeFrom(port, `127.0.0.${10 + (knocked % 10)}`));
    expect(open.every(({ status }) => status === 101)).toBe(true);
    expect(await upgradeFrom(port, "127.0.0.30")).toMatchObject({ status: 503, code: "overloaded" });
    expect((await http.get("/readyz")).status).toBe(200);
    await within(
      Promise.all(open.map(({ socket }) => new Promise((resolve) => socket?.once("close", resolve)))),
      "4101",
    );
    const after = await upgradeFrom(port, "127.0.0.30");
    expect(after.status).toBe(101);
    after.socket?.destroy();
  });

  it("B19: in local mode nobody has to say who they are, and nothing is counted", async () => {
    using folder = new Folder();
    await using local = await ChildGateway.start({
      data_dir: folder.path,
      model,
      limits: { unauthenticated_upgrades: 3 },
    });
    const open: Upgraded[] = [];
    for (let knocked = 0; knocked < 20; knocked++) open.push(await upgradeFrom(local.port));
    expect(open.every(({ status }) => status === 101)).toBe(true);
    for (const { socket } of open) socket?.destroy();
  });
});
