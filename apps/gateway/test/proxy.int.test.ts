import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { reply } from "@millrace/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../src/index.ts";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { HttpClient } from "./http-client.ts";
import { Viewer } from "./viewer.ts";
import { eventually } from "./within.ts";

const CONF = readFileSync(resolve(import.meta.dirname, "../../../deploy/nginx.conf"), "utf8");
const CADDYFILE = readFileSync(resolve(import.meta.dirname, "../../../deploy/Caddyfile"), "utf8");
const NGINX = "nginx";
const HOST = "millrace.example";
const INNER = ["metrics", "readyz", "healthz"];
/** Ways to write a path that somebody may take for the same one. */
const WRITTEN = (name: string): string[] => [
  ...[
    `/${name}`,
    `/${name}/`,
    `/${name}//`,
    `//${name}`,
    `/${name.toUpperCase()}`,
    `/${name[0]?.toUpperCase()}${name.slice(1)}/`,
  ],
  ...[
    `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `/${name}%2f`,
    `/./${name}`,
    `/x/../${name}`,
    `/${name}?x=1`,
  ],
];

const hasNginx = ((): boolean => {
  try {
    execFileSync(NGINX, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** nginx with the deployment's own file, but for TLS and ports. */
class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly http: HttpClient;
  readonly #folder = mkdtempSync(join(tmpdir(), "millrace-nginx-"));
  readonly #child: ChildProcess;

  private constructor(port: number, server: string) {
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
    const main = `daemon off; master_process off; pid nginx.pid; error_log stderr warn; events { }
      http { access_log off; ${paths.join(" ")} ${server} }`;
    writeFileSync(join(this.#folder, "nginx.conf"), main);
    this.#child = spawn(NGINX, ["-p", `${this.#folder}/`, "-c", "nginx.conf", "-e", "stderr"], { stdio: "ignore" });
    this.port = port;
    this.http = new HttpClient(port);
  }

  /** @param local whether who asks counts as this machine */
  static async start(gateway: number, local: boolean): Promise<Nginx> {
    const port = await freePort();
    const server = CONF.replace("listen 443 ssl http2;", `listen 127.0.0.1:${port};`)
      .replace(/ssl_certificate.*/g, "")
      .replace("server 127.0.0.1:8000;", `server 127.0.0.1:${gateway};`)
      .replace("allow 127.0.0.1;", local ? "allow 127.0.0.1;" : "allow 192.0.2.1;");
    const nginx = new Nginx(port, server);
    await eventually(
      () =>
        nginx.http.get("/x", { Host: HOST }).then(
          () => true,
          () => false,
        ),
      "nginx",
      10_000,
    );
    return nginx;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

describe("the proxies' files", () => {
  it("B70: nginx takes as much of a body as the gateway does, on each route", () => {
    const sizeOf = (text: string): number => {
      const [, digits, unit = ""] = /client_max_body_size (\d+)([km]?);/.exec(text) ?? [];
      return Number(digits) * ({ k: 1024, m: 1024 * 1024 }[unit] ?? 1);
    };
    const route = (path: string): string => CONF.slice(CONF.indexOf(`location = ${path} {`)).split("}")[0] ?? "";
    expect(sizeOf(CONF)).toBe(DEFAULT_LIMITS.frame_bytes);
    expect(sizeOf(route("/api/v1/attachments"))).toBe(DEFAULT_LIMITS.attachment_image_bytes);
    expect(sizeOf(route("/api/v1/sessions/import"))).toBe(DEFAULT_LIMITS.import_bytes);
  });

  it("Caddy keeps inner paths with a slash at the end too; it ignores the rest by itself", () => {
    const [, paths = ""] = /@inner path (.*)/.exec(CADDYFILE) ?? [];
    expect(paths.split(" ").sort()).toEqual(INNER.flatMap((name) => [`/${name}`, `/${name}/*`]).sort());
  });
});

describe.skipIf(!hasNginx)("nginx before a gateway that takes any way to write a path", () => {
  const loose = createHttpServer((_request, response) => response.end("inner"));
  let nginx: Nginx;
  beforeAll(async () => {
    await once(loose.listen(0, "127.0.0.1"), "listening");
    nginx = await Nginx.start((loose.address() as AddressInfo).port, false);
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    loose.close();
  });

  it.each(INNER.flatMap(WRITTEN))("shows %s to nobody outside", async (path) => {
    expect((await nginx.http.get(path, { Host: HOST })).status).toBe(403);
    expect((await nginx.http.get("/metricsx", { Host: HOST })).text).toBe("inner");
  });
});

describe.skipIf(!hasNginx)("nginx before the gateway", () => {
  let gateway: GatewayUnderTest;
  let nginx: Nginx;
  beforeAll(async () => {
    gateway = await GatewayUnderTest.start({
      rules: [{ when: /(?:)/, script: reply("Hi.") }],
      settings: { hosts: [HOST] },
    });
    nginx = await Nginx.start(gateway.port, false);
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  const post = (path: string, type: string, bytes: number, headers: object = {}) =>
    nginx.http.send(path, {
      method: "POST",
      headers: { Host: HOST, "Content-Type": type, ...headers },
      body: Buffer.alloc(bytes, "a"),
    });

  it("shows them to this machine", async () => {
    await using inside = await Nginx.start(gateway.port, true);
    for (const name of INNER) expect((await inside.http.get(`/${name}`, { Host: HOST })).status).toBe(200);
  });

  it("B70: lets a file and a session through that are larger than a command, and says in JSON what is too large", async () => {
    const file = { "X-File-Name": "a.txt" };
    expect((await post("/api/v1/attachments", "text/plain", 200_000, file)).status).toBe(201);
    // The gateway's own words: 1 MiB is no session, but is read.
    const refused = await post("/api/v1/sessions/import", "application/x-ndjson", 1024 * 1024);
    expect([refused.status, refused.headers["content-type"]]).toEqual([400, "application/json; charset=utf-8"]);
    const over = [
      await post("/api/v1/attachments", "image/png", DEFAULT_LIMITS.attachment_image_bytes + 1, file),
      await post("/api/v1/sessions/import", "application/x-ndjson", DEFAULT_LIMITS.import_bytes + 1),
      await post("/api/v1/agent/run", "application/json", DEFAULT_LIMITS.frame_bytes + 1),
    ];
    expect(over.map(({ status, json }) => [status, (json as { error?: { code: string } })?.error?.code])).toEqual(
      over.map(() => [413, "too_large"]),
    );
  });

  it("passes sockets, streams and a run that is waited for", async () => {
    const viewer = new Viewer(`ws://127.0.0.1:${nginx.port}/api/v1/ws`, { headers: { Host: HOST } });
    await viewer.frame("welcome");
    const { session_id } = await viewer.send("hello");
    await viewer.event("done");
    const stream = await nginx.http.stream(`/api/v1/sessions/${session_id}/events`, { headers: { Host: HOST } });
    await stream.until(({ data }) => (data as { type: string }).type === "done");
    stream.leave();
    viewer.terminate();
    const run = await nginx.http.post("/api/v1/agent/run", { message: "hello" }, { Host: HOST });
    expect([run.status, (run.json as { message: string }).message]).toEqual([200, "Hi."]);
  });

  it("says in JSON that no gateway answers", async () => {
    await using alone = await Nginx.start(await freePort(), false);
    const { status, json } = await alone.http.get("/api/v1/sessions", { Host: HOST });
    expect([status, json]).toEqual([502, { error: { code: "unavailable", message: "The gateway does not answer." } }]);
  });
});
