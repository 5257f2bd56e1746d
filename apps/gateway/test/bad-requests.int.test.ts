import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpAnswer, HttpOptions } from "./http-client.ts";
import { exchange, RawSocket } from "./raw-socket.ts";

let gateway: GatewayUnderTest;
let session_id: string;
const run = "/api/v1/agent/run";

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({
    rules: [{ when: /./, script: reply("Hi.") }],
    limits: { headers_ms: 300, body_ms: 600 },
  });
  ({ session_id } = (await gateway.http.post("/api/v1/sessions", {})).json as { session_id: string });
});
afterAll(async () => {
  expect((await gateway.http.get("/healthz")).json).toEqual({ status: "ok" });
  await gateway[Symbol.asyncDispose]();
});

function expectError(answer: Pick<HttpAnswer, "status" | "json" | "headers">, status: number, code?: string): void {
  const error = { code: code ?? expect.any(String), message: expect.any(String) };
  expect({ status: answer.status, json: answer.json }).toEqual({ status, json: { error } });
  expect(answer.headers["content-type"]).toContain("application/json");
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
}

const post = (body: HttpOptions["body"], headers: Record<string, string> = {}, path = run): Promise<HttpAnswer> =>
  gateway.http.send(path, { method: "POST", body, headers });
const json = { "Content-Type": "application/json" };

describe("bodies", () => {
  it.each(["{", "{'a':1}", "nul", '"text"', "1", "true", "null", "[1", ""])("B64 B65: %j is 400", async (text) => {
    expectError(await post(text, json), 400, "bad_request");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"])(
    "B66 B67 HTTP-10: JSON as %s is 415",
    async (type) => {
      expectError(await post('{"message":"hello"}', { "Content-Type": type }), 415, "unsupported_media_type");
    },
  );

  it("B67: no content type is 415, and no run began", async () => {
    expectError(await post(Buffer.from('{"message":"hello"}')), 415, "unsupported_media_type");
    expect(gateway.model.requests).toHaveLength(0);
  });

  it("B68: latin1 is 415, UTF-16 declared over UTF-8 is 400", async () => {
    const text = '{"message":"hello"}';
    expectError(await post(text, { "Content-Type": "application/json; charset=latin1" }), 415);
    expectError(await post(text, { "Content-Type": "application/json; charset=utf-16" }), 400);
  });

  it("B69: invalid UTF-8 inside a string is 400", async () => {
    for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff]]) {
      const body = Buffer.concat([Buffer.from('{"message":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expectError(await post(body, json), 400, "bad_request");
    }
  });

  it("B70: a body above the limit or a gzip bomb is 413, an unknown encoding 415", async () => {
    const padded = (size: number): string => `{"message":"${"x".repeat(size - 14)}"}`;
    expectError(await post(padded(65_537), json), 413, "too_large");
    expect((await post(padded(65_536), json)).status).toBe(200);
    const bomb = gzipSync(padded(10_000_000));
    expectError(await post(bomb, { ...json, "Content-Encoding": "gzip" }), 413, "too_large");
    expectError(await post(padded(100), { ...json, "Content-Encoding": "snappy" }), 415);
  });

  it("CMD-4: a deep body is too_deep", async () => {
    expectError(await post(`{"message":"x","a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, json), 400, "too_deep");
  });

  it.each([
    { message: "" },
    { message: "  " },
    { message: ["a"] },
    { message: 1 },
    {},
    { message: "x", max_steps: 0 },
    { message: "x", max_steps: "5" },
    { message: "x", session_id: 7 },
  ])("%o is 400 bad_request", async (body) => {
    expectError(await post(body), 400, "bad_request");
  });

  it("B63 B50: an unknown model is unknown_model, an unknown session not_found", async () => {
    expectError(await post({ message: "x", model: "canary-model" }), 400, "unknown_model");
    expectError(await post({ message: "x", session_id: "../../etc" }), 404, "not_found");
    expectError(await post({ content: "x", message_id: randomUUID() }, {}, "/api/v1/sessions/none/messages"), 404);
  });

  it("B83: a message with neither message_id nor Idempotency-Key is 400; the header is taken", async () => {
    const path = `/api/v1/sessions/${session_id}/messages`;
    expectError(await post({ content: "hello" }, {}, path), 400, "bad_request");
    expectError(await post({ content: "hello" }, { "Idempotency-Key": "no-uuid" }, path), 400, "bad_request");
    const key = randomUUID();
    const first = await post({ content: "hello" }, { "Idempotency-Key": key }, path);
    expect(first).toMatchObject({ status: 202, json: { message_id: key, duplicate: false } });
    const again = await post({ content: "hello" }, { "Idempotency-Key": key }, path);
    expect(again).toMatchObject({ status: 200, json: { duplicate: true, seq: (first.json as { seq: number }).seq } });
    expectError(await post({ content: "other" }, { "Idempotency-Key": key }, path), 409, "idempotency_conflict");
  });
});

describe("requests", () => {
  const get = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: close\r\n\r\n`;

  it("B71 B72 T9: a body or headers that do not arrive are given up in time", async () => {
    const host = `Host: 127.0.0.1:${gateway.port}`;
    const short = `POST ${run} HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"me`;
    const [body, headers] = await Promise.all([
      exchange(gateway.port, short),
      exchange(gateway.port, `GET /healthz HTTP/1.1\r\n${host}\r\nX-A: `),
    ]);
    expect(body.status).toBe(408);
    expect(JSON.parse(body.body)).toMatchObject({ error: { code: "timeout" } });
    expect(headers.status).toBe(408);
  });

  it.each([
    [
      "B71: a body",
      `POST ${run} HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n`,
    ],
    ["B72: headers", "GET /healthz HTTP/1.1\r\nHost: H\r\nX-A: "],
  ])("T9 %s that arrives a byte at a time gets no more time than one that does not", async (_what, start) => {
    using raw = new RawSocket(gateway.port);
    const began = performance.now();
    raw.write(start.replace("H\r", `127.0.0.1:${gateway.port}\r`));
    const drip = setInterval(() => raw.write("x"), 20);
    const text = await raw.end(3_000).finally(() => clearInterval(drip));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  it.each([
    [
      "both lengths",
      "POST /healthz HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "a bad chunk size",
      "POST /api/v1/agent/run HTTP/1.1\r\nHost: H\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ["an obs-fold", "GET /healthz HTTP/1.1\r\nHost: H\r\nX-A: b\r\n c\r\n\r\n"],
    ["a space before the colon", "GET /healthz HTTP/1.1\r\nHost : H\r\n\r\n"],
    ["bare line feeds", "GET /healthz HTTP/1.1\nHost: H\n\n"],
    ["no Host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["B80 an unknown method", "FOO /healthz HTTP/1.1\r\nHost: H\r\n\r\n"],
    ["B85 HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["B85 TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 and so on"],
    ["B9 an absolute target", "GET http://evil.com/healthz HTTP/1.1\r\nHost: H\r\nConnection: close\r\n\r\n"],
  ])("B73 B74: %s is 400", async (_name, request) => {
    const answer = await exchange(
      gateway.port,
      Buffer.from(request.replaceAll("H\r", `127.0.0.1:${gateway.port}\r`), "latin1"),
    );
    expect(answer.status).toBe(400);
    expect(answer.body).not.toMatch(/<html|at .*\.(ts|js)/i);
  });

  it("B75: headers or an address above 16 KiB, and 1,500 headers, are 431", async () => {
    const many = Array.from({ length: 1_500 }, (_, n) => `X-Header-${n}: v\r\n`).join("");
    for (const request of [
      get("/healthz").replace("\r\n\r\n", `\r\nX-A: ${"x".repeat(17_000)}\r\n\r\n`),
      get(`/${"x".repeat(17_000)}`),
      get("/healthz").replace("\r\n\r\n", `\r\n${many}\r\n`),
    ]) {
      const answer = await exchange(gateway.port, request);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([431, { error: { code: "too_large" } }]);
    }
  });

  it("B76 B77: what does not decode is 400, and what decodes to no id is 404", async () => {
    expectError(await gateway.http.get("/api/v1/sessions/%ZZ"), 400, "bad_request");
    for (const id of ["a%00b", "..%2f..%2fetc", "%F0%9F%98%80", "UPPER", "x".repeat(65), "__proto__"]) {
      expectError(await gateway.http.get(`/api/v1/sessions/${id}`), 404, "not_found");
      expectError(await gateway.http.get(`/api/v1/sessions/${id}/events`), 404, "not_found");
    }
    for (const path of ["/..%2f..%2fpackage.json", "/../../package.json", "/%2e%2e/package.json", "/assets/%00"]) {
      const answer = await gateway.http.get(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain("dependencies");
    }
  });

  it.each([
    "after=1&after=2",
    "after[x]=1",
    "__proto__[a]=1",
    "__proto__=1",
    "constructor=1",
    "after=-1",
    "after=1.5",
    "after=1e3",
    "after=abc",
    "after=",
    "after=99999999999999999999",
    "unknown=1",
  ])("B78 B47: ?%s is 400", async (query) => {
    expectError(await gateway.http.get(`/api/v1/sessions/${session_id}/events?${query}`), 400);
  });

  it.each(["limit=0", "limit=x", "limit=201", "limit=1&limit=2", "q=", "unknown=1"])(
    "HTTP-6: the list with ?%s is 400",
    async (query) => {
      expectError(await gateway.http.get(`/api/v1/sessions?${query}`), 400, "bad_request");
    },
  );

  it("B80: methods that a route does not have are 405 with Allow, unknown routes 404", async () => {
    const of = (method: string, path: string): Promise<HttpAnswer> => gateway.http.send(path, { method });
    for (const method of ["TRACE", "PUT", "OPTIONS", "PROPFIND"]) {
      for (const path of ["/healthz", "/api/v1/sessions", `/api/v1/sessions/${session_id}`, run, "/"]) {
        const answer = await of(method, path);
        expect([method, path, answer.status]).toEqual([method, path, 405]);
        expect(answer.headers.allow).toBeTruthy();
      }
    }
    expectError(await of("GET", run), 405, "method_not_allowed");
    expectError(await of("GET", `/api/v1/sessions/${session_id}/stop`), 405, "method_not_allowed");
    expectError(await of("DELETE", "/api/v1/models"), 405, "method_not_allowed");
    expect((await of("HEAD", "/healthz")).status).toBe(200);
    expect((await of("HEAD", `/api/v1/sessions/${session_id}/events`)).status).toBe(200);
    expect((await of("DELETE", "/nothing")).status).toBe(404);
  });

  it("B80: CONNECT is closed", async () => {
    using raw = new RawSocket(gateway.port);
    raw.write(`CONNECT evil.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n`);
    expect(["", "405"]).toContain((await raw.end()).slice(9, 12));
  });

  it("B80 B81: a foreign Origin is 403 on every method, without any CORS header", async () => {
    for (const method of ["OPTIONS", "POST", "GET", "DELETE"]) {
      const headers = {
        Origin: "https://evil.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
      };
      expectError(await gateway.http.send(run, { method, headers }), 403, "forbidden");
    }
  });

  it("B82: a mutating request from another site, or another port of this one, is 403", async () => {
    for (const site of ["cross-site", "same-site"]) {
      expectError(await post({ message: "x" }, { "Sec-Fetch-Site": site }), 403, "forbidden");
      const headers = { "Sec-Fetch-Site": site };
      expectError(await gateway.http.send(`/api/v1/sessions/${session_id}`, { method: "DELETE", headers }), 403);
    }
    for (const site of ["same-origin", "none"]) {
      expect((await post({ message: "x" }, { "Sec-Fetch-Site": site })).status).toBe(200);
    }
  });

  it("B6 B84: forwarded headers do not make a host", async () => {
    const forged = { "X-Forwarded-Host": `127.0.0.1:${gateway.port}`, Forwarded: "host=localhost" };
    expectError(await gateway.http.get("/healthz", { ...forged, Host: "evil.com" }), 421, "misdirected");
    const other = { "X-Forwarded-Host": "evil.com", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https" };
    expect((await gateway.http.get("/healthz", other)).status).toBe(200);
  });

  it("B86: an expectation that is not met is 417", async () => {
    const answer = await exchange(gateway.port, get("/healthz").replace("\r\n\r\n", "\r\nExpect: foo\r\n\r\n"));
    expect(answer.status).toBe(417);
    expect(answer.head).toContain("application/json");
    expect(JSON.parse(answer.body)).toEqual({ error: { code: "expectation_failed", message: expect.any(String) } });
  });

  it("B88 HTTP-1: an unknown route is 404 as JSON, and a failing handler 500 without its cause", async () => {
    for (const path of ["/api/v1/nothing", "/api/v2", "/api", "/nothing", "/.env", "/src/main.ts"]) {
      expectError(await gateway.http.get(path), 404, "not_found");
    }
  });

  it("CMD-5: no error repeats what was sent", async () => {
    const canary = "canary-echo";
    const answers = await Promise.all([
      gateway.http.get(`/${canary}`),
      gateway.http.get(`/api/v1/sessions/${canary}`),
      gateway.http.get(`/api/v1/sessions?cursor=${canary}&${canary}=1`),
      gateway.http.get(`/api/v1/sessions/${session_id}/events?after=${canary}`),
      post({ message: 1, [canary]: 1 }),
      post({ message: "x", model: canary }),
      post(`{"${canary}`, json),
      gateway.http.get("/healthz", { Host: canary }),
      gateway.http.get("/healthz", { Origin: `http://${canary}` }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain(canary);
    }
  });
});
