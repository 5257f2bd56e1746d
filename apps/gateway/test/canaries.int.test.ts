import { randomUUID } from "node:crypto";
import { type Dirent, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { reply, type ScriptedModel, scriptByContent, startScriptedModel, toolCalls } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildGateway, Folder, GatewayProcess } from "./child-gateway.ts";
import type { HttpAnswer, HttpOptions } from "./http-client.ts";
import { OidcIssuer } from "./oidc-issuer.ts";
import { SUITE_SECRETS } from "./suite-canaries.ts";
import { Viewer } from "./viewer.ts";
import { eventually, within } from "./within.ts";

const MCP_SERVER = resolve(import.meta.dirname, "../../../packages/tools/src/mcp/testing/stdio-server.ts");

/** No pattern knows them: what takes them out knows the values. Some need escaping where they are written down. */
const CANARY = {
  model_key: "canary-model-key-11d0",
  provider_key: "canary/provider+key=22e1",
  provider_header: "canary-provider-header-33f2",
  address_key: "canary-address-key-4403",
  token: "canary-token-551456789",
  read_token: "canary-read-token-662567",
  mcp_env: 'canary "mcp\\env" 7736',
  mcp_header: "canary-mcp-header-8847",
  telemetry: "canary-telemetry-9958",
  other_program: "canary-other-program-aa69",
  guess: "canary-guess-bb7a",
  in_url: "canary-in-url-cc8b",
};

/** Answers whatever it is asked with 401 and all that it was sent. */
class Echo implements AsyncDisposable {
  readonly heard: string[] = [];
  readonly #server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    this.heard.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
    const message = `Refused: ${request.url} ${Object.values(request.headers).join(" | ")}`;
    response.writeHead(401, { "Content-Type": "application/json", "X-Echo": "1" });
    response.end(JSON.stringify({ error: { message, code: -32_000 } }));
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

const echoes = { model: new Echo(), provider: new Echo(), mcp: new Echo(), telemetry: new Echo() };
const data = new Folder();
const files = new Folder();
let scripted: ScriptedModel;
let issuer: OidcIssuer;
let gateway: ChildGateway;
let viewer: Viewer;
/** Everything that came out of a door. */
const said: string[] = [];
/** Secrets of callers, which the gateway was shown and must not keep. */
const shown: Record<string, string> = {};
const owner = { Authorization: `Bearer ${CANARY.token}` };

async function ask(path: string, options: HttpOptions = {}): Promise<HttpAnswer> {
  const answer = await gateway.http.send(path, { ...options, headers: { ...owner, ...options.headers } });
  const { "set-cookie": cookie, ...headers } = answer.headers;
  said.push(`${JSON.stringify(headers)} ${answer.text}`);
  return answer;
}

async function run(message: string, options: object = {}): Promise<{ session_id: string; text: string }> {
  const { text, json } = await ask("/api/v1/agent/run", {
    method: "POST",
    body: { message, model: "scripted", ...options },
  });
  return { session_id: (json as { session_id: string }).session_id, text };
}

beforeAll(async () => {
  issuer = await OidcIssuer.start();
  const call = (name: string, args: object = {}) => ({
    when: name,
    script: (_request: unknown, { step }: { step: number }) =>
      step === 1 ? toolCalls([{ id: "c", name, arguments: args }]) : reply("Done."),
  });
  const command = "env; cat /proc/1/environ /proc/$PPID/environ /proc/*/environ; set; true";
  scripted = await startScriptedModel({
    responder: scriptByContent([
      call("own__env"),
      call("bash", { command }),
      call("read_file", { path: "/proc/self/environ" }),
      { when: /./, script: reply("Hi.") },
    ]),
  });
  const [model, provider, mcp, telemetry] = await Promise.all(
    [echoes.model, echoes.provider, echoes.mcp, echoes.telemetry].map((echo) => echo.start()),
  );
  const config = {
    providers: {
      scripted: { base_url: scripted.url },
      provider: {
        base_url: `${provider}/v1`,
        api_key: CANARY.provider_key,
        headers: { "X-Provider": CANARY.provider_header },
      },
    },
    models: [
      { id: "scripted", provider: "scripted" },
      { id: "refusing", provider: "provider" },
    ],
    default_model: "scripted",
    permissions: [{ tool: "*", action: "allow" }],
    sandbox: { host_tools: "on" },
    mcp: {
      own: { command: process.execPath, args: [MCP_SERVER, "noisy"], env: { SERVER_KEY: CANARY.mcp_env } },
      far: {
        url: `${mcp}/mcp?api_key=${CANARY.address_key}`,
        headers: { Authorization: `Bearer ${CANARY.mcp_header}` },
      },
    },
    telemetry: { otlp_endpoint: telemetry, headers: { "X-Collector": CANARY.telemetry } },
  };
  const file = join(files.path, "millrace.config.json");
  writeFileSync(file, JSON.stringify(config));
  gateway = await ChildGateway.start({
    data_dir: data.path,
    model: { url: `${model}/v1` },
    env: {
      ...issuer.env,
      OPENAI_API_KEY: CANARY.model_key,
      MILLRACE_MODEL: "env-model",
      MILLRACE_CONFIG: file,
      MILLRACE_WORKSPACE: files.path,
      MILLRACE_TOKEN: CANARY.token,
      MILLRACE_READ_TOKEN: CANARY.read_token,
      AWS_SECRET_ACCESS_KEY: CANARY.other_program,
      LOG_LEVEL: "trace",
    },
  });
  viewer = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`, { headers: owner });
  await viewer.frame("welcome");
}, 60_000);

afterAll(async () => {
  viewer?.terminate();
  await gateway?.kill();
  for (const echo of Object.values(echoes)) await echo[Symbol.asyncDispose]();
  await scripted?.close();
  await issuer?.close();
  data[Symbol.dispose]();
  files[Symbol.dispose]();
});

/** As it is, and as it would stand inside JSON, an address or Base64. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64];
}

function expectNone(where: string, bytes: string | Buffer, secrets: Record<string, string> = { ...CANARY, ...shown }) {
  const found = Object.entries(secrets).filter(([, secret]) => formsOf(secret).some((form) => bytes.includes(form)));
  expect([where, found.map(([name]) => name)]).toEqual([where, []]);
}

function stored(): Dirent[] {
  return readdirSync(data.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
}

describe("canaries", () => {
  it("T24: an endpoint that repeats its key in its refusal is told of without it", async () => {
    for (const model of ["env-model", "refusing"]) {
      const { text } = await run("hello", { model });
      expect(text).toContain("[redacted]");
      const { session_id } = await viewer.send("hello", { options: { model } });
      await viewer.frame("error", { where: (frame) => frame.session_id === session_id });
    }
    expect(echoes.model.heard.join()).toContain(CANARY.model_key);
    expect(echoes.provider.heard.join()).toContain(CANARY.provider_key);
    expect(echoes.provider.heard.join()).toContain(CANARY.provider_header);
  }, 60_000);

  it("T21 T25: a tool, of this machine or of a server, tells nobody a key", async () => {
    await eventually(async () => (await ask("/api/v1/tools")).text.includes("own__env"), "the server's tools", 20_000);
    const told = await run("own__env");
    const log = (await ask(`/api/v1/sessions/${told.session_id}/events`)).text;
    // The server's own key, and nothing else of the gateway's.
    expect(log).toMatch(/SERVER_KEY\\+":\\+"\[redacted\]/);
    expect(log).not.toMatch(/AWS_SECRET|MILLRACE_|OPENAI_/);
    for (const tool of ["bash", "read_file"]) {
      const { session_id } = await run(tool);
      expect((await ask(`/api/v1/sessions/${session_id}/events`)).text).toMatch(/"type":"tool_result"/);
    }
  }, 60_000);

  it("T5 T24: nor is there one in the state of a server that refuses us", async () => {
    await eventually(
      async () => /"far","state":"failed"/.test((await ask("/api/v1/tools")).text),
      "the refusal",
      20_000,
    );
    expect(echoes.mcp.heard.join()).toContain(CANARY.mcp_header);
    expect(echoes.mcp.heard.join()).toContain(CANARY.address_key);
  }, 30_000);

  it("T5 B20: what callers show to get in, right or wrong, is answered without it", async () => {
    shown.jwt = await issuer.token("ann");
    shown.expired = await issuer.token("ann", { lives_s: -60 });
    const as = (token: string): HttpOptions => ({ headers: { Authorization: `Bearer ${token}` } });
    expect((await ask("/api/v1/sessions", as(shown.jwt))).status).toBe(200);
    expect((await ask("/api/v1/sessions", as(shown.expired))).status).toBe(401);
    expect((await ask("/api/v1/sessions", as(CANARY.guess))).status).toBe(401);
    expect((await ask("/api/v1/sessions", as(CANARY.read_token))).status).toBe(200);
    expect((await ask("/api/v1/sign-in", { method: "POST", body: { token: CANARY.guess } })).status).toBe(401);
    expect((await ask(`/api/v1/sessions?token=${CANARY.in_url}`)).status).toBe(400);
    expect((await ask(`/api/v1/ws?access_token=${CANARY.in_url}`)).status).toBe(400);
    const signIn = await gateway.http.post("/api/v1/sign-in", { token: CANARY.token });
    shown.cookie = /=([\w-]{43});/.exec(String(signIn.headers["set-cookie"]))?.[1] ?? "";
    expect(shown.cookie).toHaveLength(43);
    said.push(signIn.text);
    const cookie = { Cookie: `millrace_${gateway.port}=${shown.cookie}` };
    expect((await gateway.http.get("/api/v1/models", cookie)).status).toBe(200);
    const asker = new Viewer(`ws://127.0.0.1:${gateway.port}/api/v1/ws`);
    await within(new Promise((opened) => asker.socket.once("open", opened)), "the 101");
    asker.write({ type: "auth", id: "a", token: CANARY.guess });
    expect(await within(asker.closed, "4101")).toMatchObject({ code: 4101 });
    said.push(JSON.stringify([asker.frames, await asker.closed]));
  }, 30_000);

  it("T5 T24: no answer, frame, stream, export or metric holds one", async () => {
    const { sessions } = (await ask("/api/v1/sessions")).json as { sessions: { session_id: string }[] };
    expect(sessions.length).toBeGreaterThanOrEqual(7);
    for (const { session_id } of sessions) {
      const path = `/api/v1/sessions/${session_id}`;
      for (const answer of ["", "/events", "/export?format=jsonl", "/export?format=md"]) await ask(path + answer);
      const stream = await gateway.http.stream(`${path}/events`, { headers: owner });
      await stream.until(({ data: event }) => /done|error/.test((event as { type: string }).type));
      stream.leave();
      said.push(JSON.stringify(stream.messages));
      await viewer.subscribe(session_id);
      await viewer.frame("live", { where: (frame) => frame.session_id === session_id });
    }
    for (const path of ["/healthz", "/readyz", "/metrics", "/api/v1/models", "/api/v1/agents", "/api/v1/tools", "/x"]) {
      expect((await ask(path)).text).not.toBe("");
    }
    await ask("/api/v1/sessions", { method: "POST", body: { title: 7 } });
    await viewer.refused({ type: "send", message_id: randomUUID(), content: "x", options: { model: "none" } });
    expectNone("answers", said.join("\n"));
    expectNone("frames", JSON.stringify(viewer.frames));
  }, 60_000);

  it("T24: no request to a model or collector holds another's", () => {
    expectNone("requests", scripted.requests.map(({ body, headers }) => JSON.stringify([body, headers])).join("\n"));
    const others = (...own: (keyof typeof CANARY)[]): Record<string, string> =>
      Object.fromEntries(Object.entries({ ...CANARY, ...shown }).filter(([name]) => !own.includes(name as never)));
    expectNone("env's model", echoes.model.heard.join("\n"), others("model_key"));
    expectNone("provider", echoes.provider.heard.join("\n"), others("provider_key", "provider_header"));
    expectNone("MCP server", echoes.mcp.heard.join("\n"), others("mcp_header", "address_key"));
  });

  it("T5 T24: no file of the data folder and no log line holds one, at every level, until after the end", async () => {
    await eventually(() => stored().some(({ name }) => name.endsWith(".jsonl")), "log files");
    for (const entry of stored()) expectNone(entry.name, readFileSync(join(entry.parentPath, entry.name)));
    await gateway.process.kill("SIGTERM", 20_000);
    expect(echoes.telemetry.heard.join("\n")).toContain(CANARY.telemetry);
    expectNone("spans", echoes.telemetry.heard.join("\n").replaceAll(CANARY.telemetry, ""));
    const names = stored().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["millrace.db", "sign-ins.json", "mcp-seen.json"]));
    for (const entry of stored()) expectNone(entry.name, readFileSync(join(entry.parentPath, entry.name)));
    const { stdout, stderr } = gateway.process;
    expect(stderr.split("\n").length).toBeGreaterThan(10);
    expectNone("stdout", stdout);
    expectNone("stderr", stderr);
  }, 30_000);
});

describe("the processes of all tests", () => {
  it("T5 T24: hold canaries too, and what they wrote is searched when they end", async () => {
    using folder = new Folder();
    const data_dir = join(folder.path, "data");
    const honest = await ChildGateway.start({ data_dir, model: scripted });
    expect(await honest.kill("SIGTERM", 20_000)).toMatchObject({ code: 0 });
    const storing = await ChildGateway.start({ data_dir, model: scripted });
    writeFileSync(join(data_dir, "a.log"), `key ${SUITE_SECRETS.OPENAI_API_KEY}`);
    await expect(storing.kill()).rejects.toThrow("a.log");
    const entry = join(folder.path, "talks.mjs");
    writeFileSync(entry, "console.error(JSON.stringify(process.env))");
    await expect(new GatewayProcess(entry, {}).exit).rejects.toThrow("the output");
  }, 60_000);
});
