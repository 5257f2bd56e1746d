import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineTool, type Tool } from "@millrace/agent";
import {
  reply,
  type ScriptedModel,
  scriptByContent,
  secretDigest,
  startScriptedModel,
  toolCalls,
} from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfiguredGateway } from "./configured-gateway.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";
import { eventually } from "./within.ts";

const KEY = "canary-endpoint-key-77aa";
const ENDPOINTS = "/api/v1/endpoints";

let model: ScriptedModel;
let hold: PromiseWithResolvers<void>;
beforeAll(async () => {
  hold = Promise.withResolvers();
  model = await startScriptedModel({
    models: ["alpha", "beta"],
    responder: scriptByContent([
      { when: "wait", script: () => hold.promise.then(() => reply("Waited.")) },
      {
        when: "tell",
        script: (_request, { step }) =>
          step === 1 ? toolCalls([{ id: "c", name: "tell", arguments: {} }]) : reply(`It is ${KEY}.`),
      },
      { when: /./, script: reply("From the page's.") },
    ]),
  });
});
afterAll(() => model.close());

/** A gateway that has nothing but the demo. */
const bare = (): Promise<GatewayUnderTest> => GatewayUnderTest.start({ settings: { model: null } });

async function listening(handler: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const mine = (over: object = {}): object => ({
  name: "mine",
  base_url: model.url,
  api_key: KEY,
  models: [{ id: "alpha", context: 9_000 }],
  ...over,
});
const patch = (http: HttpClient, name: string, body: unknown): Promise<HttpAnswer> =>
  http.send(`${ENDPOINTS}/${name}`, { method: "PATCH", body });
const remove = (http: HttpClient, name: string): Promise<HttpAnswer> =>
  http.send(`${ENDPOINTS}/${name}`, { method: "DELETE" });
const run = async (http: HttpClient, message: string, over: object = {}): Promise<Record<string, unknown>> =>
  (await http.post("/api/v1/agent/run", { message, ...over })).json as Record<string, unknown>;
const offered = async (http: HttpClient): Promise<{ ids: string[]; default: string }> => {
  const { json } = await http.get("/api/v1/models");
  const { models, default: chosen } = json as { models: { id: string }[]; default: string };
  return { ids: models.map(({ id }) => id), default: chosen };
};
const code = ({ status, json }: HttpAnswer): unknown => [status, (json as { error: { code: string } }).error?.code];

describe("endpoints in local mode", () => {
  it("HTTP-13: one is added, answers at once, is changed and removed; the demo steps back and returns", async () => {
    await using gateway = await bare();
    const { http } = gateway;
    const demo = await offered(http);
    expect((await http.get(ENDPOINTS)).json).toMatchObject({
      endpoints: [{ name: "demo", source: "demo", key: null }],
    });

    const made = await http.post(ENDPOINTS, mine());
    expect(made.status).toBe(201);
    const info = {
      name: "mine",
      source: "page",
      base_url: model.url,
      key: { last: "77aa" },
      models: [{ id: "alpha", context: 9_000 }],
    };
    expect(made.json).toEqual(info);
    expect((await http.get(ENDPOINTS)).json).toEqual({ endpoints: [info] });
    expect(await offered(http)).toEqual({ ids: ["alpha"], default: "alpha" });
    expect((await http.get("/api/v1/about")).json).toMatchObject({
      providers: [{ name: "mine", host: new URL(model.url).host, models: ["alpha"] }],
    });
    expect(await run(http, "hello")).toMatchObject({ message: "From the page's.", reason: "completed" });
    expect(model.requests.at(-1)?.headers.authorization).toBe(secretDigest(`Bearer ${KEY}`));

    const changed = await patch(http, "mine", { models: [{ id: "beta" }] });
    expect(changed.json).toMatchObject({ key: { last: "77aa" }, models: [{ id: "beta", context: 128_000 }] });
    expect(await offered(http)).toEqual({ ids: ["beta"], default: "beta" });
    expect(await run(http, "hello")).toMatchObject({ message: "From the page's." });
    expect((await patch(http, "mine", { api_key: null })).json).toMatchObject({ key: null });
    await run(http, "hello");
    expect(model.requests.at(-1)?.headers.authorization).toBeUndefined();

    expect((await remove(http, "mine")).status).toBe(204);
    expect(code(await remove(http, "mine"))).toEqual([404, "not_found"]);
    expect(await offered(http)).toEqual(demo);
  });

  it("HTTP-13: a run that goes on keeps its model; a session of a removed one says so and takes another", async () => {
    await using gateway = await bare();
    const { http } = gateway;
    await http.post(ENDPOINTS, mine());
    const viewer = await gateway.connect();
    const { session_id } = await viewer.send("wait", { message_id: randomUUID(), options: { model: "alpha" } });
    await viewer.command({ type: "update_session", session_id, model: "alpha" } as never);
    await viewer.frame("step");
    await remove(http, "mine");
    hold.resolve();
    await viewer.frame("done");
    expect((await gateway.events(session_id)).map((event) => ("content" in event ? event.content : ""))).toContain(
      "Waited.",
    );

    const path = `/api/v1/sessions/${session_id}/messages`;
    expect((await http.post(path, { message_id: randomUUID(), content: "again" })).status).toBe(202);
    expect(await viewer.frame("error")).toMatchObject({ code: "unknown_model" });
    const asked = { message_id: randomUUID(), content: "again", options: { model: "alpha" } };
    expect(code(await http.post(path, asked))).toEqual([400, "unknown_model"]);
    expect((await patch(http, "mine", {})).status).toBe(400);
    expect(
      (await http.send(`/api/v1/sessions/${session_id}`, { method: "PATCH", body: { model: "alpha" } })).status,
    ).toBe(400);
  });

  it("HTTP-13: they are there after a restart, beside the configuration's, which come first", async () => {
    await using gateway = await GatewayUnderTest.start({});
    const { http, settings } = gateway;
    expect((await http.post(ENDPOINTS, mine())).status).toBe(201);
    expect(await offered(http)).toEqual({ ids: ["scripted", "scripted-two", "alpha"], default: "scripted" });
    expect((await http.get(ENDPOINTS)).json).toMatchObject({
      endpoints: [
        { name: "env", source: "environment", key: { last: "0c8e" } },
        { name: "mine", source: "page" },
      ],
    });
    const file = join(settings.data_dir, "endpoints.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = mkdtempSync(join(tmpdir(), "millrace-endpoints-"));
    writeFileSync(join(copy, "endpoints.json"), readFileSync(file));
    await using again = await GatewayUnderTest.start({ settings: { model: null, data_dir: copy, workspace: copy } });
    expect(await offered(again.http)).toEqual({ ids: ["alpha"], default: "alpha" });
    expect(await run(again.http, "hello")).toMatchObject({ message: "From the page's." });
    rmSync(copy, { recursive: true, force: true });
  });

  it("HTTP-13: a damaged file is put aside, in one line without a key, and the gateway starts", async () => {
    const data_dir = mkdtempSync(join(tmpdir(), "millrace-endpoints-"));
    writeFileSync(join(data_dir, "endpoints.json"), `{"version":1,"endpoints":[{"api_key":"${KEY}"`);
    await using gateway = await GatewayUnderTest.start({ settings: { model: null, data_dir, workspace: data_dir } });
    expect(gateway.log.filter((line) => line.includes("endpoints.json is damaged and was put aside"))).toHaveLength(1);
    expect(gateway.log.join()).not.toContain(KEY);
    expect(readdirSync(data_dir).filter((name) => name.startsWith("endpoints.json.damaged-"))).toHaveLength(1);
    rmSync(data_dir, { recursive: true, force: true });
  });

  it.each([
    ["a name that is taken", { name: "env" }, 409, "name_taken"],
    ["a name that means something", { name: "demo" }, 409, "name_taken"],
    ["a name that is a path", { name: "../x" }, 400, "bad_request"],
    ["a model that is taken", { models: [{ id: "scripted" }] }, 409, "model_taken"],
    ["a model twice", { models: [{ id: "a" }, { id: "a" }] }, 400, "bad_request"],
    ["no model", { models: [] }, 400, "bad_request"],
    ["a file", { base_url: "file:///etc/passwd" }, 400, "bad_request"],
    ["a script", { base_url: "javascript:alert(1)" }, 400, "bad_request"],
    ["a password in the address", { base_url: "http://me:hunter22@127.0.0.1/v1" }, 400, "bad_request"],
    ["a key in the address", { base_url: "http://127.0.0.1/v1?key=hunter22" }, 400, "bad_request"],
    ["no address", { base_url: "127.0.0.1:8000" }, 400, "bad_request"],
    ["a header in the key", { api_key: "a\r\nX-Evil: 1" }, 400, "bad_request"],
    ["an unknown field", { headers: { a: "b" } }, 400, "bad_request"],
  ])("HTTP-13: refuses %s, and stores nothing", async (_what, over, status, name) => {
    await using gateway = await GatewayUnderTest.start({});
    const answer = await gateway.http.post(ENDPOINTS, mine(over));
    expect(code(answer)).toEqual([status, name]);
    expect(answer.text).not.toMatch(/hunter22|canary|X-Evil/);
    expect((await gateway.http.get(ENDPOINTS)).json).toMatchObject({ endpoints: [{ name: "env" }] });
    expect(readdirSync(gateway.settings.data_dir)).not.toContain("endpoints.json");
  });

  it("HTTP-13: what the configuration names is not taken from under it", async () => {
    await using gateway = await ConfiguredGateway.start({ config: { agents: { a: {} } } });
    await gateway.http.post(ENDPOINTS, mine());
    const { folder } = gateway;
    const copy = mkdtempSync(join(tmpdir(), "millrace-endpoints-"));
    writeFileSync(join(copy, "endpoints.json"), readFileSync(join(folder, "endpoints.json")));
    await using named = await ConfiguredGateway.start({
      config: { agents: { a: { model: "alpha" } } },
      env: { MILLRACE_DATA_DIR: copy },
    });
    expect(code(await remove(named.http, "mine"))).toEqual([409, "in_use"]);
    expect(code(await patch(named.http, "mine", { models: [{ id: "beta" }] }))).toEqual([409, "in_use"]);
    expect((await offered(named.http)).ids).toEqual(["alpha"]);
    rmSync(copy, { recursive: true, force: true });
  });

  it("HTTP-13: where it cannot be stored nothing changes", async () => {
    await using gateway = await bare();
    mkdirSync(join(gateway.settings.data_dir, "endpoints.json.new"));
    expect(code(await gateway.http.post(ENDPOINTS, mine()))).toEqual([503, "storage_unavailable"]);
    expect((await offered(gateway.http)).ids).not.toContain("alpha");
  });

  it("HTTP-13 HTTP-10: another page's, and a body that does not say that it is JSON, changes and asks nothing", async () => {
    await using gateway = await bare();
    const { http } = gateway;
    const foreign = [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }];
    for (const headers of foreign) {
      for (const path of ["", "/test"]) {
        expect(code(await http.post(ENDPOINTS + path, mine(), headers))).toEqual([403, "forbidden"]);
      }
      expect((await http.send(`${ENDPOINTS}/mine`, { method: "DELETE", headers })).status).toBe(403);
    }
    const plain = { method: "POST", body: JSON.stringify(mine()), headers: { "Content-Type": "text/plain" } };
    expect((await http.send(ENDPOINTS, plain)).status).toBe(415);
    expect(readdirSync(gateway.settings.data_dir)).not.toContain("endpoints.json");
  });

  it("HTTP-13: changes at the same time are all kept", async () => {
    await using gateway = await bare();
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => gateway.http.post(ENDPOINTS, mine({ name, models: [{ id: name }] }))));
    expect((await offered(gateway.http)).ids.toSorted()).toEqual(names);
    const kept = JSON.parse(readFileSync(join(gateway.settings.data_dir, "endpoints.json"), "utf8"));
    expect(kept.endpoints).toHaveLength(4);
  });
});

describe("testing an endpoint", () => {
  const test = (gateway: GatewayUnderTest, body: object): Promise<HttpAnswer> =>
    gateway.http.post(`${ENDPOINTS}/test`, body);

  it("HTTP-13: tells its models and how long it took, and stores nothing", async () => {
    await using gateway = await bare();
    const { status, json } = await test(gateway, { base_url: model.url, api_key: KEY });
    expect([status, json]).toEqual([200, { models: [{ id: "alpha" }, { id: "beta" }], ms: expect.any(Number) }]);
    expect(readdirSync(gateway.settings.data_dir)).not.toContain("endpoints.json");
  });

  it("HTTP-13: how much a model takes, where its endpoint says so; what is no name is left out", async () => {
    await using endpoint = await listening((_, response) => {
      const data = [
        { id: "a", context_length: 262_144 },
        { id: "b", max_model_len: "x" },
        { id: "c\u0000" },
        7,
        { id: "a" },
      ];
      response.end(JSON.stringify({ data }));
    });
    await using gateway = await bare();
    expect((await test(gateway, { base_url: `${endpoint.url}/` })).json).toMatchObject({
      models: [{ id: "a" }, { id: "b" }],
    });
  });

  it.each<[string, RequestListener, string]>([
    ["a wrong key", (_, response) => void response.writeHead(401).end(`wrong key: ${KEY}`), "key_refused"],
    ["no list", (_, response) => void response.writeHead(404).end(), "no_list"],
    ["an error", (_, response) => void response.writeHead(500).end(KEY), "failed"],
    ["a page", (_, response) => void response.end(`<!doctype html>${KEY}`), "not_models"],
    ["something else", (_, response) => void response.end('{"data":"x"}'), "not_models"],
    [
      "a redirect",
      (_, response) => void response.writeHead(307, { location: `${model.url}/models` }).end(),
      "redirected",
    ],
    ["a long body", (_, response) => void response.end("x".repeat(5 * 1024 * 1024)), "too_large"],
    ["a closed line", (_, response) => void response.destroy(), "unreachable"],
  ])("HTTP-13 T24: says in words what is wrong with %s, and repeats nothing", async (_what, handler, failure) => {
    await using endpoint = await listening(handler);
    await using gateway = await bare();
    const { status, json, text } = await test(gateway, { base_url: endpoint.url, api_key: KEY });
    expect([status, json]).toEqual([
      200,
      { failure: { code: failure, message: expect.stringMatching(/^\w.*\.$/) }, ms: expect.any(Number) },
    ]);
    expect(text + gateway.log.join()).not.toContain(KEY);
  });

  it("HTTP-13: waits some seconds for a slow one, and says so", async () => {
    await using endpoint = await listening((_, response) => void response.write("{"));
    await using gateway = await bare();
    const began = Date.now();
    expect((await test(gateway, { base_url: endpoint.url })).json).toMatchObject({ failure: { code: "timeout" } });
    expect(Date.now() - began).toBeLessThan(15_000);
  }, 20_000);

  it("HTTP-13 T23: a kept key goes to the address that it was given for, and to no other", async () => {
    const heard: (string | undefined)[] = [];
    await using other = await listening(({ headers }, response) => {
      heard.push(headers.authorization);
      response.end('{"data":[{"id":"m"}]}');
    });
    await using gateway = await bare();
    await gateway.http.post(ENDPOINTS, mine({ base_url: other.url, models: [{ id: "m" }] }));
    expect((await test(gateway, { name: "mine", base_url: other.url })).json).toMatchObject({ models: [{ id: "m" }] });
    expect(heard).toEqual([`Bearer ${KEY}`]);
    const base_url = other.url.replace("127.0.0.1", "localhost");
    expect(code(await test(gateway, { name: "mine", base_url }))).toEqual([409, "key_again"]);
    expect(code(await patch(gateway.http, "mine", { base_url }))).toEqual([409, "key_again"]);
    expect(heard).toHaveLength(1);
    expect((await patch(gateway.http, "mine", { base_url, api_key: null })).json).toMatchObject({ key: null });
  });
});

describe("endpoints where somebody signs in", () => {
  it("HTTP-13: are nobody's to see or change here, and those of before still answer", async () => {
    const data_dir = mkdtempSync(join(tmpdir(), "millrace-endpoints-"));
    const settings = { model: null, data_dir, workspace: data_dir };
    const kept = { version: 1, endpoints: [mine()] };
    writeFileSync(join(data_dir, "endpoints.json"), JSON.stringify(kept));
    const auth = { token: "the-owners-token", read_token: null, oidc: null } as never;
    await using gateway = await GatewayUnderTest.start({ settings: { ...settings, auth } });
    const headers = { Authorization: "Bearer the-owners-token" };
    const ways = [
      ["GET", ""],
      ["POST", ""],
      ["POST", "/test"],
      ["PATCH", "/mine"],
      ["DELETE", "/mine"],
    ] as const;
    for (const [method, path] of ways) {
      const body = method === "POST" || method === "PATCH" ? mine() : undefined;
      const answer = await gateway.http.send(ENDPOINTS + path, { method, headers, ...(body ? { body } : {}) });
      expect([method, path, ...(code(answer) as unknown[])]).toEqual([method, path, 403, "local_only"]);
      expect(answer.text).not.toContain(model.url);
    }
    const answer = await gateway.http.send("/api/v1/agent/run", {
      method: "POST",
      headers,
      body: { message: "hello" },
    });
    expect(answer.json).toMatchObject({ message: "From the page's." });
    expect((await gateway.http.get("/api/v1/about", headers)).text).not.toContain("127.0.0.1");
  });
});

it("HTTP-13 T24: the key of an added endpoint is in no answer, frame, export or log line", async () => {
  await using echo = await listening(({ headers }, response) => {
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: `Who is ${headers.authorization}?` } }));
  });
  await using gateway = await bare();
  const { http } = gateway;
  const viewer = await gateway.connect();
  const said: string[] = [];
  const ask = async (asked: Promise<HttpAnswer>): Promise<HttpAnswer> => {
    const answer = await asked;
    said.push(answer.text);
    return answer;
  };
  await ask(http.post(ENDPOINTS, mine({ base_url: echo.url })));
  await ask(http.post(`${ENDPOINTS}/test`, { name: "mine", base_url: echo.url }));
  const { json } = await ask(http.post("/api/v1/agent/run", { message: `my key is ${KEY.slice(0, 3)}` }));
  const { session_id } = json as { session_id: string };
  await viewer.subscribe(session_id);
  await viewer.frame("live");
  for (const path of ["", "/events", "/export?format=jsonl", "/export?format=md"])
    await ask(http.get(`/api/v1/sessions/${session_id}${path}`));
  for (const path of ["endpoints", "about", "models", "agents", "tools"]) await ask(http.get(`/api/v1/${path}`));
  await ask(patch(http, "mine", { base_url: "x" }));
  await ask(remove(http, "mine"));
  expect(said.join("\n")).toContain("Who is");
  for (const [where, text] of Object.entries({
    said: said.join(),
    frames: JSON.stringify(viewer.frames),
    log: gateway.log.join(),
  }))
    expect([where, text.includes(KEY)]).toEqual([where, false]);
  const entries = readdirSync(gateway.settings.data_dir, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  const holds = entries
    .filter((one) => readFileSync(join(one.parentPath, one.name)).includes(KEY))
    .map(({ name }) => name);
  expect(holds).toEqual([]);
});

it("HTTP-13 T24: what becomes a key on the page goes from what tools tell, from transcripts and from log files", async () => {
  const tell = defineTool({
    name: "tell",
    description: "Tells.",
    parameters: z.object({}),
    execute: async (_args, { output }) => {
      output(`live ${KEY}`);
      return { content: `the key is ${KEY}` };
    },
  }) as Tool;
  await using gateway = await GatewayUnderTest.start({ settings: { model: null }, tools: [tell] });
  const { http } = gateway;
  await http.post(ENDPOINTS, mine());
  const { session_id } = await run(http, "tell");
  const events = await gateway.events(session_id as string);
  const result = events.find(({ type }) => type === "tool_result");
  expect(result).toMatchObject({ content: "the key is [redacted]" });
  expect(JSON.stringify(events.filter(({ type }) => type.startsWith("tool_")))).not.toContain(KEY);
  expect((await http.get(`/api/v1/sessions/${session_id}/export?format=md`)).text).toContain("It is [redacted].");
  const runs = join(gateway.settings.data_dir, "runs");
  const written = (): string =>
    readdirSync(runs)
      .map((name) => readFileSync(join(runs, name), "utf8"))
      .join();
  await eventually(() => written().includes("It is"), "the log file");
  expect(written()).not.toContain(KEY);
});
