import { randomUUID } from "node:crypto";
import { Command, type CommandType } from "@millrace/protocol";
import { type ScriptedModel, scriptByContent, startScriptedModel } from "@millrace/scripted-model";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Auth } from "../src/auth/auth.ts";
import { type AppContext, createApp } from "../src/http/app.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { ChildGateway, Folder } from "./child-gateway.ts";
import type { HttpAnswer } from "./http-client.ts";
import { OidcIssuer } from "./oidc-issuer.ts";
import { upgradeFrom } from "./upgrade-from.ts";
import { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const TOKEN = "the-owners-token";
const READ_TOKEN = "the-readers-token";

/** Who asks. `owner` has the session, `other` is another user, `reader` may see what the owner has. */
const WHO = ["owner", "other", "reader"] as const;
type Who = (typeof WHO)[number];

let model: ScriptedModel;
let issuer: OidcIssuer;
let gateway: ChildGateway;
const folder = new Folder();
const headers = {} as Record<Who | "anonymous" | "revoked" | "expired", Record<string, string>>;
const sockets = {} as Record<Who, Viewer>;
/** A session of the owner's with a run that hangs, made anew for each row. */
let session_id = "";
let run_id = "";
/** A file of the owner's. */
let attachment_id = "";

beforeAll(async () => {
  model = await startScriptedModel({
    responder: scriptByContent([{ when: "hang", script: [{ text: "a" }, { hang: true }] }]),
  });
  issuer = await OidcIssuer.start();
  gateway = await ChildGateway.start({
    data_dir: folder.path,
    model,
    limits: {
      commands_per_minute: 10_000,
      command_burst: 10_000,
      rejects_per_minute: 10_000,
      drain_ms: 100,
      user_runs: 10_000,
    },
    env: { ...issuer.env, MILLRACE_TOKEN: TOKEN, MILLRACE_READ_TOKEN: READ_TOKEN },
  });
  const { http } = gateway;
  const cookie = (await http.post("/api/v1/sign-in", { token: TOKEN })).headers["set-cookie"]?.[0] ?? "";
  headers.owner = { Authorization: `Bearer ${TOKEN}` };
  headers.other = { Authorization: `Bearer ${await issuer.token("other", { lives_s: 600 })}` };
  headers.reader = { Authorization: `Bearer ${READ_TOKEN}` };
  headers.anonymous = {};
  headers.revoked = { Cookie: cookie.split(";")[0] ?? "" };
  headers.expired = { Authorization: `Bearer ${await issuer.token("owner", { lives_s: -10 })}` };
  expect((await http.get("/api/v1/models", headers.revoked)).status).toBe(200);
  expect((await http.post("/api/v1/sign-out", {}, headers.revoked)).status).toBe(204);
  for (const who of WHO) sockets[who] = await gateway.connect({ headers: headers[who] });
  const file = (await http.post("/api/v1/attachments", { of: "the owner" }, headers.owner)).json;
  ({ attachment_id } = file as { attachment_id: string });
});
afterAll(async () => {
  for (const who of WHO) sockets[who]?.terminate();
  await gateway.kill();
  await model.close();
  await issuer.close();
  folder[Symbol.dispose]();
});

async function freshSession(): Promise<void> {
  const from = sockets.owner.frames.length;
  const message_id = randomUUID();
  ({ session_id } = await sockets.owner.send("hang", { message_id }));
  const mine = (frame: { session_id?: string }): boolean => frame.session_id === session_id;
  const start = await sockets.owner.frame("session_start", { from, where: mine });
  run_id = start.run_id ?? "";
  await sockets.owner.frame("text_delta", { from, where: mine });
}

/** The log as its owner sees it, from the first thing that a stranger could have added. */
async function seen(): Promise<unknown[]> {
  const { json } = await gateway.http.get(`/api/v1/sessions/${session_id}/events`, headers.owner);
  return (json as { type: string; seq: number }[]).map(({ type, seq }) => `${seq} ${type}`);
}

const text = "somebody-elses-words";

/** Per command: how it is sent, and what the owner, another user and a reader hear. */
const COMMANDS: Record<CommandType, { command: () => object; heard: Record<Who, string> }> = {
  subscribe: {
    command: () => ({ session_id }),
    heard: { owner: "subscribed", other: "not_found", reader: "subscribed" },
  },
  unsubscribe: { command: () => ({ session_id }), heard: { owner: "ack", other: "ack", reader: "ack" } },
  ping: { command: () => ({}), heard: { owner: "ack", other: "ack", reader: "ack" } },
  send: {
    command: () => ({ session_id, message_id: randomUUID(), content: text }),
    heard: { owner: "ack", other: "not_found", reader: "forbidden" },
  },
  unsend: {
    command: () => ({ session_id, message_id: randomUUID() }),
    // Nothing waits: the owner hears that, in the same words.
    heard: { owner: "not_found", other: "not_found", reader: "forbidden" },
  },
  select_branch: {
    command: () => ({ session_id, message_id: randomUUID() }),
    heard: { owner: "not_found", other: "not_found", reader: "forbidden" },
  },
  stop: {
    command: () => ({ session_id, run_id }),
    heard: { owner: "ack", other: "not_found", reader: "forbidden" },
  },
  respond: {
    command: () => ({ session_id, request_id: "r", answer: "allow_once" }),
    heard: { owner: "not_found", other: "not_found", reader: "forbidden" },
  },
  update_session: {
    command: () => ({ session_id, title: text }),
    heard: { owner: "ack", other: "not_found", reader: "forbidden" },
  },
  delete_session: {
    command: () => ({ session_id }),
    heard: { owner: "ack", other: "not_found", reader: "forbidden" },
  },
};

interface Route {
  readonly method: string;
  /** `:id` is the owner's session. */
  readonly path: string;
  readonly body?: object;
  readonly statuses: Record<Who, number>;
}

const ALL = { owner: 200, other: 200, reader: 200 };
const OWN = { owner: 200, other: 404, reader: 200 };
const CHANGE = { owner: 200, other: 404, reader: 403 };

/** Of the person whose machine it is: where somebody signs in nobody's, whoever asks. */
const LOCAL_ONLY = { owner: 403, other: 403, reader: 403 };
const ENDPOINT = { base_url: "http://127.0.0.1:9/v1", models: [{ id: "m" }] };

const ROUTES: Route[] = [
  { method: "GET", path: "/api/v1/models", statuses: ALL },
  { method: "GET", path: "/api/v1/agents", statuses: ALL },
  { method: "GET", path: "/api/v1/tools", statuses: ALL },
  { method: "GET", path: "/api/v1/about", statuses: ALL },
  { method: "GET", path: "/api/v1/permissions", statuses: ALL },
  { method: "DELETE", path: "/api/v1/permissions/p1", statuses: { owner: 404, other: 404, reader: 403 } },
  { method: "GET", path: "/api/v1/endpoints", statuses: LOCAL_ONLY },
  { method: "POST", path: "/api/v1/endpoints", body: { name: "mine", ...ENDPOINT }, statuses: LOCAL_ONLY },
  { method: "POST", path: "/api/v1/endpoints/test", body: { base_url: ENDPOINT.base_url }, statuses: LOCAL_ONLY },
  { method: "PATCH", path: "/api/v1/endpoints/mine", body: ENDPOINT, statuses: LOCAL_ONLY },
  { method: "DELETE", path: "/api/v1/endpoints/mine", statuses: LOCAL_ONLY },
  // As JSON it is a text file.
  { method: "POST", path: "/api/v1/attachments", body: { text }, statuses: { owner: 201, other: 201, reader: 403 } },
  { method: "GET", path: "/api/v1/attachments/ATTACHMENT", statuses: OWN },
  { method: "GET", path: "/api/v1/sessions", statuses: ALL },
  { method: "POST", path: "/api/v1/sessions", body: {}, statuses: { owner: 201, other: 201, reader: 403 } },
  // As JSON it is refused for its type, once it is known who asks.
  { method: "POST", path: "/api/v1/sessions/import", body: {}, statuses: { owner: 415, other: 415, reader: 403 } },
  { method: "GET", path: "/api/v1/sessions/:id", statuses: OWN },
  { method: "GET", path: "/api/v1/sessions/:id/export", statuses: OWN },
  { method: "GET", path: "/api/v1/sessions/:id/events", statuses: OWN },
  { method: "GET", path: "/api/v1/sessions/:id/export", statuses: OWN },
  // Who may import is told that this is no exported session.
  {
    method: "POST",
    path: "/api/v1/sessions/import",
    body: {},
    statuses: { owner: 415, other: 415, reader: 403 },
  },
  { method: "PATCH", path: "/api/v1/sessions/:id", body: { title: text }, statuses: CHANGE },
  {
    method: "POST",
    path: "/api/v1/sessions/:id/messages",
    body: { message_id: randomUUID(), content: text },
    statuses: { owner: 202, other: 404, reader: 403 },
  },
  {
    method: "DELETE",
    path: `/api/v1/sessions/:id/messages/${randomUUID()}`,
    statuses: { owner: 404, other: 404, reader: 403 },
  },
  {
    method: "POST",
    path: "/api/v1/sessions/:id/branch",
    body: { message_id: randomUUID() },
    statuses: { owner: 404, other: 404, reader: 403 },
  },
  {
    method: "POST",
    path: "/api/v1/sessions/:id/interactions/r",
    body: { answer: "x" },
    statuses: { owner: 404, other: 404, reader: 403 },
  },
  { method: "POST", path: "/api/v1/sessions/:id/stop", body: { run_id: "RUN" }, statuses: CHANGE },
  { method: "DELETE", path: "/api/v1/sessions/:id", statuses: { owner: 204, other: 404, reader: 403 } },
  {
    method: "POST",
    path: "/api/v1/agent/run",
    body: { message: text, session_id: "ID" },
    statuses: { owner: 200, other: 404, reader: 403 },
  },
  {
    method: "POST",
    path: "/api/v1/agent/run/stream",
    body: { message: text, session_id: "ID" },
    statuses: { owner: 200, other: 404, reader: 403 },
  },
  // They tell what everybody costs, and are for who runs the gateway.
  { method: "GET", path: "/metrics", statuses: { owner: 200, other: 403, reader: 200 } },
];

function ask({ method, path, body }: Route, who: keyof typeof headers, accept = {}): Promise<HttpAnswer> {
  const named =
    body === undefined
      ? undefined
      : JSON.parse(JSON.stringify(body).replace('"ID"', `"${session_id}"`).replace('"RUN"', `"${run_id}"`));
  const given = { method, headers: { ...headers[who], ...accept }, body: named };
  return gateway.http.send(path.replace(":id", session_id).replace("ATTACHMENT", attachment_id), given);
}

describe("every command, for every kind of caller", () => {
  it("T10: the table has all of them", () => {
    expect(Object.keys(COMMANDS).toSorted()).toEqual(Command.options.map(({ shape }) => shape.type.value).toSorted());
  });

  it.each(Object.keys(COMMANDS) as CommandType[])("T10 B50 B57 B58 B59: %s", async (type) => {
    const { command, heard } = COMMANDS[type];
    await freshSession();
    const before = await seen();
    for (const who of ["other", "reader"] as const) {
      expect([who, await sockets[who].refused({ type, ...command() })]).toEqual([who, heard[who]]);
    }
    // What was refused left nothing behind, and what is foreign sounds like what is not there.
    expect(await seen()).toEqual(before);
    if (heard.other === "not_found") {
      const missing = { ...command(), session_id: "s_0000000000000000missing" };
      const reply = async (fields: object): Promise<unknown> => {
        const { id: _id, ...rest } = (await sockets.other.command({ type, ...fields } as never)) as { id: unknown };
        return rest;
      };
      expect(await reply(command())).toEqual(await reply(missing));
    }
    expect(await sockets.owner.refused({ type, ...command() })).toBe(heard.owner);
  });

  it("T10: a message without a session makes one for who may, and none for a reader", async () => {
    const send = { type: "send", content: text };
    expect(await sockets.reader.refused({ ...send, message_id: randomUUID() })).toBe("forbidden");
    const message_id = randomUUID();
    const [mine, theirs] = [
      await sockets.owner.send(text, { message_id }),
      await sockets.other.send(text, { message_id }),
    ];
    expect(theirs.session_id).not.toBe(mine.session_id);
    expect(await sockets.other.refused({ type: "subscribe", session_id: mine.session_id })).toBe("not_found");
    expect(await sockets.owner.refused({ type: "subscribe", session_id: theirs.session_id })).toBe("not_found");
  });

  it("T10 ATTACH-2: nobody sends what is somebody else's file", async () => {
    const send = { type: "send", content: text, attachments: [attachment_id] };
    expect(await sockets.other.refused({ ...send, message_id: randomUUID() })).toBe("not_found");
    expect(await sockets.reader.refused({ ...send, message_id: randomUUID() })).toBe("forbidden");
    expect(await sockets.owner.refused({ ...send, message_id: randomUUID() })).toBe("ack");
  });

  it("T10 B61: nobody hears of other people's sessions", async () => {
    await freshSession();
    await sockets.reader.frame("session_changed", { where: (frame) => frame.session_id === session_id });
    await sockets.other.command({ type: "ping" });
    expect(JSON.stringify(sockets.other.frames)).not.toContain(session_id);
    const listed = (await gateway.http.get("/api/v1/sessions?limit=200", headers.other)).text;
    expect(listed).not.toContain(session_id);
  });

  it.each(["anonymous", "revoked"] as const)(
    "T10 T13: %s may open a socket, and every command closes it with 4101",
    async (who) => {
      for (const type of Object.keys(COMMANDS) as CommandType[]) {
        const viewer = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`, { headers: headers[who] });
        await within(new Promise((resolve) => viewer.socket.once("open", resolve)), "the 101");
        viewer.write({ type, id: "1", ...COMMANDS[type].command() });
        expect(await within(viewer.closed, "4101")).toMatchObject({ code: 4101 });
        expect(viewer.frames).toEqual([]);
      }
    },
  );

  it("T10: an expired token does not open one", async () => {
    expect((await upgradeFrom(gateway.port, "127.0.0.1", headers.expired)).status).toBe(401);
  });
});

/** Every route that is served, as its method and a pattern of its path. */
function served(): [string, RegExp][] {
  interface Layer {
    readonly route?: { readonly path: string | string[]; readonly methods: Readonly<Record<string, boolean>> };
    readonly handle: { readonly stack?: readonly Layer[] };
  }
  const limits = DEFAULT_LIMITS;
  const log = pino({ level: "silent" });
  const parts = { auth: null, port: () => 0, data_dir: "", limits, now: Date.now, log };
  const app = createApp({ auth: new Auth(parts), limits, log, web_dir: "none" } as AppContext);
  const found = (layers: readonly Layer[], prefix: string): [string, RegExp][] =>
    layers.flatMap(({ route, handle }) => {
      if (route === undefined) return found(handle.stack ?? [], "^/api/v1/[a-z]+");
      const paths = [route.path].flat().map((path) => path.replace(/\/$/, "").replace(/:\w+/g, "[^/]+"));
      const named = Object.keys(route.methods).filter((method) => method !== "_all");
      // What answers to every method says which ones there are.
      const methods = named.length > 10 ? [] : named;
      return paths.flatMap((path) =>
        methods.map((method): [string, RegExp] => [method.toUpperCase(), new RegExp(`${prefix}${path}$`)]),
      );
    });
  return found(app.router.stack as unknown as Layer[], "^");
}

/** What everybody may ask. */
const OPEN = new Set(["/healthz", "/readyz", "/sign-in", "/api/v1/sign-in", "/api/v1/sign-out"]);

describe("every route, for every kind of caller", () => {
  it("T10: the table has all of them", () => {
    const routes = served();
    expect(routes.length).toBeGreaterThan(15);
    const missing = routes.filter(([method, path]) => {
      const isIt = (row: Route): boolean => row.method === method && path.test(row.path);
      return !ROUTES.some(isIt) && ![...OPEN].some((open) => path.test(open) || path.test(`/api/v1/x${open}`));
    });
    expect(missing).toEqual([]);
  });

  it.each(ROUTES.map((route) => [route.method, route.path, route] as const))(
    "T10 B50 B58: %s %s",
    async (_method, _path, route) => {
      await freshSession();
      const before = await seen();
      for (const who of ["anonymous", "revoked", "expired"] as const) {
        expect([who, (await ask(route, who)).status]).toEqual([who, 401]);
      }
      for (const who of ["other", "reader"] as const) {
        const answer = await ask(route, who);
        expect([who, answer.status]).toEqual([who, route.statuses[who]]);
        if (answer.status === 404) expect(answer.text).not.toContain(session_id);
      }
      expect(await seen()).toEqual(before);
      if (route.path.startsWith("/api/v1/agent"))
        return void (await sockets.owner.command({ type: "stop", session_id, run_id }));
      expect((await ask(route, "owner")).status).toBe(route.statuses.owner);
    },
  );

  it("T10: streams too", async () => {
    await freshSession();
    const events: Route = { method: "GET", path: "/api/v1/sessions/:id/events", statuses: OWN };
    const accept = { Accept: "text/event-stream" };
    for (const who of ["anonymous", "revoked", "expired"] as const)
      expect((await ask(events, who, accept)).status).toBe(401);
    expect((await ask(events, "other", accept)).status).toBe(404);
    for (const who of ["owner", "reader"] as const) {
      const sse = await gateway.http.stream(`/api/v1/sessions/${session_id}/events`, { headers: headers[who] });
      await sse.type("text_delta");
      sse.leave();
    }
  });

  it("T34: what was denied is written down with who, where and what, and not what they sent", async () => {
    const { stderr } = gateway.process;
    await eventually(() => stderr.includes('"denied"'), "the audit lines");
    const denied = stderr.split("\n").flatMap((line) => (line.includes('"msg":"denied"') ? [JSON.parse(line)] : []));
    const other = issuer.userId("other");
    const base = { audit: true, address: "127.0.0.1" };
    expect(denied).toContainEqual(
      expect.objectContaining({ ...base, user_id: other, action: "subscribe", reason: "foreign" }),
    );
    expect(denied).toContainEqual(
      expect.objectContaining({ ...base, user_id: "local", action: "stop", reason: "read_only" }),
    );
    const socket = denied.find(({ action }) => action === "subscribe");
    expect(socket.connection_id).toBe(sockets.other.frames.find((frame) => frame.type === "welcome")?.connection_id);
    expect(socket.session_id).toMatch(/^s_/);
    expect(stderr).not.toContain(text);
    for (const secret of [TOKEN, READ_TOKEN, headers.other.Authorization?.slice(7) ?? ""])
      expect(stderr).not.toContain(secret);
  });
});
