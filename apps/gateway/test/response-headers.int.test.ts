import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import type { HttpOptions } from "./http-client.ts";
import { exchange, upgrade } from "./raw-socket.ts";

const TOKEN = "the-right-token-of-the-gateway";
const owner = { Authorization: `Bearer ${TOKEN}` };
const web_dir = mkdtempSync(join(tmpdir(), "millrace-web-"));

let gateway: GatewayUnderTest;
let session_id: string;

beforeAll(async () => {
  mkdirSync(join(web_dir, "assets"));
  writeFileSync(join(web_dir, "index.html"), "<!doctype html><title>Millrace</title>");
  writeFileSync(join(web_dir, "assets/a.js"), "export {};");
  gateway = await GatewayUnderTest.start({
    rules: [{ when: /./, script: reply("Hi.") }],
    settings: { web_dir, auth: { token: TOKEN, read_token: null, oidc: null } },
  });
  const made = await gateway.http.post("/api/v1/agent/run", { message: "hello" }, owner);
  ({ session_id } = made.json as { session_id: string });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(web_dir, { recursive: true, force: true });
});

interface Kind {
  readonly what: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly options?: HttpOptions;
}

const json = "application/json; charset=utf-8";
const post = (body: unknown, headers: Record<string, string> = owner): HttpOptions => ({
  method: "POST",
  headers,
  body,
});
const KINDS: readonly Kind[] = [
  { what: "the page", path: "/", status: 200, type: "text/html; charset=utf-8" },
  { what: "a session's page", path: "/s/abc", status: 200, type: "text/html; charset=utf-8" },
  { what: "an asset", path: "/assets/a.js", status: 200, type: "text/javascript; charset=utf-8" },
  { what: "the sign-in page", path: "/sign-in", status: 200, type: "text/html; charset=utf-8" },
  { what: "health", path: "/healthz", status: 200, type: json },
  { what: "metrics", path: "/metrics", status: 200, type: "text/plain", options: { headers: owner } },
  { what: "the API", path: "/api/v1/sessions", status: 200, type: json, options: { headers: owner } },
  { what: "the log", path: "/api/v1/sessions/ID/events", status: 200, type: json, options: { headers: owner } },
  {
    what: "a stream of the log",
    path: "/api/v1/sessions/ID/events",
    status: 200,
    type: "text/event-stream; charset=utf-8",
    options: { headers: { ...owner, Accept: "text/event-stream" } },
  },
  {
    what: "a stream of a run",
    path: "/api/v1/agent/run/stream",
    status: 200,
    type: "text/event-stream; charset=utf-8",
    options: post({ message: "hello" }),
  },
  {
    what: "an export",
    path: "/api/v1/sessions/ID/export?format=md",
    status: 200,
    type: "text/markdown",
    options: { headers: owner },
  },
  { what: "B5 nobody", path: "/api/v1/sessions", status: 401, type: json },
  {
    what: "a wrong body",
    path: "/api/v1/sessions",
    status: 400,
    type: json,
    options: post("{", { ...owner, "Content-Type": "application/json" }),
  },
  { what: "B66 a wrong type", path: "/api/v1/sessions", status: 415, type: json, options: post("{}") },
  { what: "B76 a wrong address", path: "/api/v1/sessions/%ZZ", status: 400, type: json, options: { headers: owner } },
  { what: "B88 nothing", path: "/nothing", status: 404, type: json },
  { what: "B77 a path that climbs", path: "/assets/..%2f..%2fetc", status: 404, type: json },
  {
    what: "B80 a wrong method",
    path: "/api/v1/models",
    status: 405,
    type: json,
    options: { method: "PUT", headers: owner },
  },
  { what: "B6 another host", path: "/", status: 421, type: json, options: { headers: { Host: "evil.test" } } },
  {
    what: "B81 another origin",
    path: "/",
    status: 403,
    type: json,
    options: { headers: { Origin: "https://evil.test" } },
  },
  { what: "B20 a token in the address", path: "/?token=x", status: 400, type: json },
];

describe("what every answer carries", () => {
  it.each(KINDS)("T14 T15: $what", async ({ path, status, type, options }) => {
    const response = await gateway.http.open(path.replace("ID", session_id), options);
    response.destroy();
    const { headers } = response;
    expect(response.statusCode).toBe(status);
    expect(headers["content-type"]).toContain(type);
    const policy = String(headers["content-security-policy"]);
    for (const part of [
      /default-src '(?:self|none)'/,
      /form-action '(?:none|self)'/,
      /base-uri 'none'/,
      /frame-ancestors 'none'/,
    ])
      expect(policy).toMatch(part);
    // No script of a page's own text, none of another host, none made of strings.
    expect(
      policy.split(";").find((part) => /(?:script|default)-src[^;]*(?:unsafe|\*|http|data:)/.test(part)),
    ).toBeUndefined();
    // Where the browser knows Trusted Types, no text becomes markup, a script or its address but by a policy named here.
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain(path === "/sign-in" ? "trusted-types 'none'" : "trusted-types highlight");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it("T14 T15: what is answered before there is a request is JSON that nothing reads as a page", async () => {
    for (const request of [
      upgrade(gateway.port, { Origin: "https://evil.test" }),
      upgrade(gateway.port, { "Sec-WebSocket-Key": null }),
      upgrade(gateway.port, {}, "/nothing"),
      "GET / HTTP/1.1\r\nno header\r\n\r\n",
      `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ]) {
      const { status, head, body } = await exchange(gateway.port, request);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(head).toMatch(/^content-type: application\/json/im);
      expect(head).toMatch(/^content-security-policy: default-src 'none'/im);
      expect(head).toMatch(/^x-content-type-options: nosniff/im);
      expect(head).not.toMatch(/^access-control/im);
      expect(JSON.parse(body)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    }
  });

  it("T3 T14: what is somebody's own is kept by no cache, and what is the same for all is", async () => {
    const cached = async (path: string): Promise<unknown> =>
      (await gateway.http.get(path.replace("ID", session_id), owner)).headers["cache-control"];
    expect(await cached("/api/v1/sessions")).toBe("no-store");
    expect(await cached("/api/v1/sessions/ID/export?format=md")).toBe("no-store");
    expect(await cached("/")).toContain("no-cache");
    expect(await cached("/assets/a.js")).toContain("immutable");
  });
});
