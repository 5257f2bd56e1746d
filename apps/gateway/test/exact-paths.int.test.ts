import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Auth } from "../src/auth/auth.ts";
import { type AppContext, createApp } from "../src/http/app.ts";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { exchange } from "./raw-socket.ts";

const web_dir = mkdtempSync(join(tmpdir(), "millrace-web-"));

let gateway: GatewayUnderTest;
let session_id: string;

beforeAll(async () => {
  mkdirSync(join(web_dir, "assets"));
  writeFileSync(join(web_dir, "index.html"), "<!doctype html><title>Millrace</title>");
  writeFileSync(join(web_dir, "assets/a.js"), "export {};");
  gateway = await GatewayUnderTest.start({ settings: { web_dir } });
  const made = await gateway.http.post("/api/v1/sessions", {});
  ({ session_id } = made.json as { session_id: string });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(web_dir, { recursive: true, force: true });
});

/** What is served to `GET`; `ID` is a session's, and its spelling is not varied. */
const SERVED = [
  "/healthz",
  "/readyz",
  "/metrics",
  "/replay",
  "/assets/a.js",
  "/api/v1/models",
  "/api/v1/agents",
  "/api/v1/tools",
  "/api/v1/about",
  "/api/v1/endpoints",
  "/api/v1/permissions",
  "/api/v1/sessions",
  "/api/v1/sessions/ID",
  "/api/v1/sessions/ID/events",
  "/api/v1/sessions/ID/export",
];
/** What is there for other methods, or leads elsewhere. */
const OTHER = ["/sign-in", "/api/v1/attachments", "/api/v1/agent/run", "/api/v1/agent/run/stream"];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const named = (path: string): string => path.replace("ID", session_id);

/** The same path to somebody who is not exact. */
function loose(path: string): string[] {
  const parts = path.slice(1).split("/");
  const spelt = parts.flatMap((part, at) => (part === "ID" ? [] : [`/${parts.with(at, capital(part)).join("/")}`]));
  const last = parts.at(-1) ?? "";
  const encoded = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`;
  const ways = [...spelt, path.replace(/[^/]+$/, (part) => (part === "ID" ? part : part.toUpperCase()))];
  if (last !== "ID") ways.push(`/${parts.with(-1, encoded).join("/")}`);
  ways.push(`${path}/`, `${path}//`, `${path}/?x`, `/${path}`, `${path};x`);
  // Of the interface's files, which are everybody's, the file system finds those that it decodes.
  const decoded = path.startsWith("/assets") ? [`/${path}`, `/${parts.with(-1, encoded).join("/")}`] : [];
  return ways.filter((way) => way !== path && !decoded.includes(way));
}

describe("paths", () => {
  it.each(SERVED)("T1 B14: %s is served at this path and at no other spelling of it", async (path) => {
    expect((await gateway.http.get(named(path))).status).toBe(200);
    for (const way of loose(path)) {
      const { status, json } = await gateway.http.get(named(way));
      expect([way, status, json]).toEqual([way, 404, { error: { code: "not_found", message: expect.any(String) } }]);
    }
  });

  it.each(OTHER)("T1 B14: nor is there anything beside %s", async (path) => {
    expect((await gateway.http.get(path)).status).not.toBe(404);
    for (const way of loose(path))
      for (const method of ["GET", "POST"]) {
        const { status } = await gateway.http.send(way, { method, ...(method === "POST" && { body: {} }) });
        expect([way, method, status]).toEqual([way, method, 404]);
      }
  });

  it("T1 B14: no router takes another case for its own", () => {
    interface Layer {
      readonly handle: { readonly stack?: readonly Layer[]; readonly caseSensitive?: boolean };
    }
    const limits = DEFAULT_LIMITS;
    const log = pino({ level: "silent" });
    const auth = { token: "the-right-token", read_token: null, oidc: null };
    const parts = { auth, port: () => 0, data_dir: web_dir, limits, now: Date.now, log };
    const app = createApp({ auth: new Auth(parts), limits, log, web_dir } as unknown as AppContext);
    const routers = (layers: readonly Layer[]): Layer["handle"][] =>
      layers.flatMap(({ handle }) => (handle.stack === undefined ? [] : [handle, ...routers(handle.stack)]));
    const all = routers([{ handle: app.router as unknown as Layer["handle"] }]);
    expect(all.length).toBeGreaterThan(5);
    expect(all.map(({ caseSensitive }) => caseSensitive)).toEqual(all.map(() => true));
  });

  it("B9: no folder is one's own address, and leads to none", async () => {
    for (const path of ["/assets", "/assets/", "/s", "/s/", "/api", "/api/", "/api/v1", "/api/v1/"])
      expect([path, (await gateway.http.get(path)).status]).toEqual([path, 404]);
  });

  it.each(["#", "#x", "\\", "\\#", "\t", "\f", "\xa0", "\xa0\xa0", "/..#", "?#x"])(
    "B9: what is no path is not made one: /metrics%j",
    async (after) => {
      const head = `GET /metrics${after} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: close\r\n\r\n`;
      const { status } = await exchange(gateway.port, Buffer.from(head, "latin1"));
      expect([400, 404]).toContain(status);
    },
  );
});
