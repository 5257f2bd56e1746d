import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder } from "./child-gateway.ts";
import { OidcIssuer } from "./oidc-issuer.ts";
import { upgradeFrom } from "./upgrade-from.ts";
import { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

let model: ScriptedModel;
let issuer: OidcIssuer;
let gateway: ChildGateway;
const folder = new Folder();
const viewers: Viewer[] = [];

beforeAll(async () => {
  model = await startScriptedModel({ responder: scriptByContent([]) });
  issuer = await OidcIssuer.start();
  gateway = await ChildGateway.start({
    data_dir: folder.path,
    model,
    limits: { unauthenticated_upgrades: 1_000 },
    env: issuer.env,
  });
});
afterAll(async () => {
  await gateway.kill();
  await model.close();
  await issuer.close();
  folder[Symbol.dispose]();
});
afterEach(() => {
  for (const viewer of viewers.splice(0)) viewer.terminate();
});

const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });

async function opened(port = gateway.port): Promise<Viewer> {
  const viewer = new Viewer(`ws://127.0.0.1:${port}/api/v1/ws`);
  viewers.push(viewer);
  await within(new Promise((resolve) => viewer.socket.once("open", resolve)), "the 101");
  return viewer;
}

/** What all doors say to a token: the upgrade's status, the `auth` frame's close code, HTTP's status. */
async function doors(token: string): Promise<[number, number | "welcome", number]> {
  const upgraded = await upgradeFrom(gateway.port, "127.0.0.1", bearer(token));
  upgraded.socket?.destroy();
  const viewer = await opened();
  viewer.write({ type: "auth", token });
  const welcomed = viewer.frame("welcome").then(
    () => "welcome" as const,
    async () => (await viewer.closed).code,
  );
  return [upgraded.status, await welcomed, (await gateway.http.get("/api/v1/models", bearer(token))).status];
}

const now = (): number => Math.floor(Date.now() / 1_000);

describe("tokens of an OpenID Connect issuer", () => {
  it("B16: a right one is welcomed at every door, as the user of its issuer", async () => {
    const token = await issuer.token("alice");
    expect(await doors(token)).toEqual([101, "welcome", 200]);
    const viewer = await gateway.connect({ headers: bearer(token) });
    expect(viewer.frames[0]).toMatchObject({ user: { id: issuer.userId("alice") } });
    viewer.terminate();
    for (const typ of ["JWT", "jwt", "application/at+jwt"]) {
      expect(await doors(await issuer.token("alice", { header: { typ } }))).toEqual([101, "welcome", 200]);
    }
    expect(await doors(await issuer.token("alice", { claims: { aud: ["x", "millrace"] } }))).toEqual([
      101,
      "welcome",
      200,
    ]);
  });

  const wrong: [string, () => Promise<string>][] = [
    ["alg: none", () => issuer.unsigned("alice")],
    [
      "HS256 with the public RSA key as its secret",
      async () => {
        const key = new TextEncoder().encode(await issuer.publicText());
        return issuer.token("alice", { header: { alg: "HS256" }, key });
      },
    ],
    ["a key of somebody else", async () => issuer.token("alice", { key: (await generateKeyPair("RS256")).privateKey })],
    [
      "a key of somebody else, in the header",
      async () => {
        const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
        return issuer.token("alice", { key: privateKey, header: { jwk: await exportJWK(publicKey) } });
      },
    ],
    [
      "a key that is published nowhere",
      async () =>
        issuer.token("alice", {
          key: (await generateKeyPair("ES256")).privateKey,
          header: { alg: "ES256", kid: "other" },
        }),
    ],
    ["another audience", () => issuer.token("alice", { claims: { aud: "another" } })],
    ["no audience", () => issuer.token("alice", { claims: { aud: undefined } })],
    ["another issuer", () => issuer.token("alice", { claims: { iss: "https://evil.example" } })],
    ["an issuer with a slash more", () => issuer.token("alice", { claims: { iss: `${issuer.url}/` } })],
    ["a time that has not come", () => issuer.token("alice", { claims: { nbf: now() + 30 } })],
    ["no exp", () => issuer.token("alice", { claims: { exp: undefined } })],
    ["no sub", () => issuer.token("alice", { claims: { sub: undefined } })],
    ["an empty sub", () => issuer.token("")],
    ["a sub of 256 characters", () => issuer.token("a".repeat(256))],
    ["the type of a sign-out", () => issuer.token("alice", { header: { typ: "logout+jwt" } })],
    ["no type", () => issuer.token("alice", { header: { typ: undefined } as never })],
    [
      "another payload under its signature",
      async () => {
        const [head, , signature] = (await issuer.token("alice")).split(".");
        const [, payload] = (await issuer.token("bob")).split(".");
        return `${head}.${payload}.${signature}`;
      },
    ],
    ["nothing in it", async () => "a.b.c"],
  ];
  it.each(wrong)("B16 B18: %s is 401 at the upgrade, 4101 in the auth frame, 401 over HTTP", async (_name, make) => {
    expect(await doors(await make())).toEqual([401, 4101, 401]);
  });

  it("B16: an algorithm that is not pinned is refused, even under a key that the issuer publishes", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ML-DSA-44", { extractable: true });
    await using other = await OidcIssuer.start();
    other.published.push({ ...(await exportJWK(publicKey)), kid: "other", alg: "ML-DSA-44" });
    using data = new Folder();
    await using started = await ChildGateway.start({ data_dir: data.path, model, env: other.env });
    const token = await other.token("alice", { key: privateKey, header: { alg: "ML-DSA-44", kid: "other" } });
    expect((await started.http.get("/api/v1/models", bearer(token))).status).toBe(401);
    expect((await started.http.get("/api/v1/models", bearer(await other.token("alice")))).status).toBe(200);
  });

  it("B16: an expired one is 401 at the upgrade, 4006 in the auth frame, 401 over HTTP", async () => {
    expect(await doors(await issuer.token("alice", { lives_s: -1 }))).toEqual([401, 4006, 401]);
    expect(await doors(await issuer.token("alice", { lives_s: -3_600 }))).toEqual([401, 4006, 401]);
  });

  it("B16: a clock that is a little behind the issuer's is forgiven", async () => {
    expect(await doors(await issuer.token("alice", { claims: { nbf: now() + 3 } }))).toEqual([101, "welcome", 200]);
  });

  it("T11: when it expires on an open connection, that is closed with 4006 and its streams end", async () => {
    const token = await issuer.token("alice", { lives_s: 3 });
    const byHeader = await gateway.connect({ headers: bearer(token) });
    const byFrame = await opened();
    byFrame.write({ type: "auth", token });
    await byFrame.frame("welcome");
    const made = (await gateway.http.post("/api/v1/sessions", {}, bearer(token))).json as { session_id: string };
    const sse = await gateway.http.stream(`/api/v1/sessions/${made.session_id}/events`, { headers: bearer(token) });
    const closed = await within(Promise.all([byHeader.closed, byFrame.closed]), "4006");
    expect(closed).toMatchObject([{ code: 4006 }, { code: 4006 }]);
    await within(sse.ended, "the stream's end", 2_000);
    expect((await gateway.http.get("/api/v1/models", bearer(token))).status).toBe(401);
    // Coming back with a fresh one is the same user.
    const again = await gateway.connect({ headers: bearer(await issuer.token("alice")) });
    await again.subscribe(made.session_id);
    again.terminate();
  });

  it("T11 T13: what the operator takes back ends within 5 s at every door, for that person alone, and a new token works", async () => {
    const list = join(folder.path, "revocations.json");
    const issued = async (sub: string, ago: number) => issuer.token(sub, { claims: { iat: now() - ago } });
    const old = await issued("dave", 60);
    const made = (await gateway.http.post("/api/v1/sessions", {}, bearer(old))).json as { session_id: string };
    const byHeader = await gateway.connect({ headers: bearer(old) });
    const byFrame = await opened();
    byFrame.write({ type: "auth", token: old });
    await byFrame.frame("welcome");
    const signedIn = await gateway.http.post("/api/v1/sign-in", { token: old });
    const cookie = { Cookie: (signedIn.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "" };
    const byCookie = await gateway.connect({ headers: cookie });
    const sse = await gateway.http.stream(`/api/v1/sessions/${made.session_id}/events`, { headers: bearer(old) });
    const other = await gateway.connect({ headers: bearer(await issued("erin", 60)) });

    writeFileSync(list, JSON.stringify({ version: 1, revoked: { dave: new Date((now() - 30) * 1_000) } }));
    const closed = await within(Promise.all([byHeader.closed, byFrame.closed, byCookie.closed]), "4102", 5_000);
    expect(closed).toMatchObject([{ code: 4102 }, { code: 4102 }, { code: 4102 }]);
    await within(sse.ended, "the stream's end", 1_000);
    expect(await doors(old)).toEqual([401, 4101, 401]);
    expect((await gateway.http.get("/api/v1/models", cookie)).status).toBe(401);
    expect((await gateway.http.post("/api/v1/sign-in", { token: old })).status).toBe(401);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    other.terminate();
    const again = await gateway.connect({ headers: bearer(await issued("dave", 0)) });
    await again.subscribe(made.session_id);
    again.terminate();

    writeFileSync(list, "{");
    await eventually(
      async () => {
        expect((await gateway.http.get("/api/v1/models", bearer(old))).status).toBe(401);
        return gateway.process.stderr.includes("revocations.json cannot be read");
      },
      "a log line",
      5_000,
    );
    rmSync(list);
    await eventually(
      async () => (await gateway.http.get("/api/v1/models", bearer(old))).status === 200,
      "it is taken off the list",
      5_000,
    );
  });

  it("T3: the sign-in page's cookie is theirs too, and ends no later than the token", async () => {
    const token = await issuer.token("carol", { lives_s: 4 });
    const answer = await gateway.http.post("/api/v1/sign-in", { token });
    expect(answer).toMatchObject({ status: 200, json: { user: { id: issuer.userId("carol") } } });
    const cookie = answer.headers["set-cookie"]?.[0] ?? "";
    expect(Number(/Max-Age=(\d+)/.exec(cookie)?.[1])).toBeLessThanOrEqual(4);
    const headers = { Cookie: cookie.split(";")[0] ?? "" };
    const viewer = await gateway.connect({ headers });
    expect(viewer.frames[0]).toMatchObject({ user: { id: issuer.userId("carol") } });
    expect(await within(viewer.closed, "4006")).toMatchObject({ code: 4006 });
    expect((await gateway.http.get("/api/v1/models", headers)).status).toBe(401);
  });

  it("T6: wrong ones lock nobody out: a signature cannot be guessed", async () => {
    for (let tried = 0; tried < 20; tried++) {
      const token = await issuer.token("alice", { claims: { aud: "another" } });
      expect((await gateway.http.get("/api/v1/models", bearer(token))).status).toBe(401);
    }
    expect((await gateway.http.get("/api/v1/models", bearer(await issuer.token("alice")))).status).toBe(200);
  });

  it("T7: the issuer is asked for its keys once, however many unknown ones are named", async () => {
    const before = issuer.asked.length;
    const { privateKey } = await generateKeyPair("RS256");
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, n) => issuer.token("alice", { key: privateKey, header: { kid: `k${n}` } })),
    );
    for (const token of tokens) expect((await gateway.http.get("/api/v1/models", bearer(token))).status).toBe(401);
    expect(issuer.asked.length - before).toBeLessThanOrEqual(1);
  });
});

describe("an issuer that cannot be asked", () => {
  it("is nobody's fault but its own: 503 and 4007, then everything works when it is there again", async () => {
    await using late = await OidcIssuer.start();
    const [own] = late.published.splice(0);
    using data = new Folder();
    await using started = await ChildGateway.start({ data_dir: data.path, model, env: late.env });
    const token = await late.token("alice");
    // The keys have no such kid yet; that is the token's fault as far as anybody can tell.
    expect((await started.http.get("/api/v1/models", bearer(token))).status).toBe(401);
    if (own !== undefined) late.published.push(own);

    using gone = new Folder();
    const nowhere = { OIDC_ISSUER: "http://127.0.0.1:9", OIDC_AUDIENCE: "millrace" };
    await using alone = await ChildGateway.start({ data_dir: gone.path, model, env: nowhere });
    const answer = await alone.http.get("/api/v1/models", bearer(token));
    expect(answer).toMatchObject({ status: 503, json: { error: { code: "sign_in_unavailable" } } });
    expect((await upgradeFrom(alone.port, "127.0.0.1", bearer(token))).status).toBe(503);
    const viewer = await opened(alone.port);
    viewer.write({ type: "auth", token });
    expect(await within(viewer.closed, "4007")).toMatchObject({ code: 4007 });
    expect((await alone.http.get("/healthz")).status).toBe(200);
    await eventually(() => alone.process.stderr.includes("the keys of OIDC_ISSUER are not available"), "a log line");
  });

  it("T27: a document that names another issuer is not believed", async () => {
    using data = new Folder();
    const env = { ...issuer.env, OIDC_ISSUER: `${issuer.url}/` };
    await using started = await ChildGateway.start({ data_dir: data.path, model, env });
    await eventually(() => started.process.stderr.includes("set OIDC_ISSUER to exactly that"), "a log line");
    const token = await issuer.token("alice", { claims: { iss: `${issuer.url}/` } });
    expect((await started.http.get("/api/v1/models", bearer(token))).status).toBe(503);
  });
});
