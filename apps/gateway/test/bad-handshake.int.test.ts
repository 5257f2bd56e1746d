import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";
import { exchange, type RawAnswer, RawSocket, upgrade, wsFrame } from "./raw-socket.ts";
import { eventually } from "./within.ts";

let gateway: GatewayUnderTest;
let port: number;

beforeAll(async () => {
  gateway = await GatewayUnderTest.start({});
  port = gateway.port;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const shake = (replace: Record<string, string | null>, path?: string): Promise<RawAnswer> =>
  exchange(port, upgrade(port, replace, path));

/** A refusal as every door words it: JSON with a code, no markup, no stack. */
function expectRefusal(answer: RawAnswer, status: number, code: string): void {
  expect({ status: answer.status, body: JSON.parse(answer.body) }).toEqual({
    status,
    body: { error: { code, message: expect.any(String) } },
  });
  expect(answer.head.toLowerCase()).toContain("content-type: application/json");
  expect(answer.head.toLowerCase()).not.toContain("access-control");
}

describe("the upgrade", () => {
  it.each([
    ["B1", "https://evil.com"],
    ["B2", "null"],
    ["B3", "http://127.0.0.1:PORT.evil.com"],
    ["B3", "http://localhost.evil.com:PORT"],
    ["B4", "http://localhost:1"],
    ["B4", "https://localhost:PORT"],
    ["B4", "http://127.0.0.1"],
    ["B4", "http://user@127.0.0.1:PORT"],
    ["B4", "http://127.0.0.1:PORT/"],
  ])("%s: Origin %s is refused with 403", async (_id, origin) => {
    expectRefusal(await shake({ Origin: origin.replace("PORT", String(port)) }), 403, "forbidden");
  });

  it.each(["http://127.0.0.1:PORT", "http://localhost:PORT"])("B5: Origin %s is our own", async (origin) => {
    const viewer = await gateway.connect({ headers: { Origin: origin.replace("PORT", String(port)) } });
    expect(viewer.frames[0]?.type).toBe("welcome");
  });

  it("B5: no Origin and no credentials, in local mode: welcome", async () => {
    expect((await gateway.connect()).frames[0]?.type).toBe("welcome");
  });

  it.each([
    ["B6", "evil.com:PORT", 421, "misdirected"],
    ["B7", "127.0.0.1.nip.io", 421, "misdirected"],
    ["B7", "[::1].evil", 421, "misdirected"],
    ["B7", "127.0.0.1:1", 421, "misdirected"],
    ["B7", "", 400, "bad_request"],
  ])("%s: Host %j is refused", async (_id, host, status, code) => {
    expectRefusal(await shake({ Host: host.replace("PORT", String(port)) }), status, code);
    const request = `GET /healthz HTTP/1.1\r\nHost: ${host.replace("PORT", String(port))}\r\nConnection: close\r\n\r\n`;
    expectRefusal(await exchange(port, request), status, code);
  });

  it("B8: two Host headers are 400", async () => {
    expectRefusal(await shake({ "X-A": `b\r\nHost: 127.0.0.1:${port}` }), 400, "bad_request");
    expectRefusal(await shake({ "X-A": "b\r\nHost: evil.com" }), 400, "bad_request");
  });

  it("B9: an absolute target is 400", async () => {
    expectRefusal(await shake({}, `http://127.0.0.1:${port}/api/v1/ws`), 400, "bad_request");
    expectRefusal(await shake({}, "http://evil.com/api/v1/ws"), 400, "bad_request");
  });

  it.each([
    ["B10", { "Sec-WebSocket-Version": "12" }],
    ["B10", { "Sec-WebSocket-Version": null }],
    ["B11", { "Sec-WebSocket-Key": null }],
    ["B11", { "Sec-WebSocket-Key": "short" }],
    ["B12", { "Sec-WebSocket-Protocol": "a,,b" }],
  ] as [string, Record<string, string | null>][])(
    "%s: %o is 400, as JSON, with the version we speak",
    async (_id, headers) => {
      const answer = await shake(headers);
      expectRefusal(answer, 400, "bad_request");
      expect(answer.head).toContain("Sec-WebSocket-Version: 13");
    },
  );

  it.each([
    ["h2c", "/api/v1/ws"],
    ["foo", "/api/v1/ws"],
    ["h2c", "/"],
    ["foo", "/api/v1/sessions"],
  ])("B13: Upgrade %s on %s is refused and the socket destroyed within 100 ms", async (protocol, path) => {
    let best = Number.POSITIVE_INFINITY;
    // Others may hold the machine up for longer than that; not each time.
    for (let tries = 0; tries < 5 && best > 100; tries += 1) {
      const before = performance.now();
      expectRefusal(await shake({ Upgrade: protocol }, path), 400, "bad_request");
      best = Math.min(best, performance.now() - before);
    }
    expect(best).toBeLessThanOrEqual(100);
  });

  it.each(["/", "/api/v1/ws/", "/api/v2/ws", "/api/v1/sessions"])("B14: an upgrade of %s is 404", async (path) => {
    expectRefusal(await shake({}, path), 404, "not_found");
  });

  it("B15: an upgrade with a body, or with frames behind it, harms nobody", async () => {
    // An upgrade has no body: where it is one all the same, its bytes are no frame, and nothing of it is a second request.
    for (const [header, body] of [
      ["Content-Length", "hello"],
      ["Content-Length", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"],
      ["Transfer-Encoding", "5\r\nhello\r\n0\r\n\r\n"],
    ] as const) {
      const value = header === "Content-Length" ? String(body.length) : "chunked";
      using bodied = new RawSocket(port);
      const text = await bodied.write(upgrade(port, { [header]: value }) + body).end();
      expect(text).toMatch(/^HTTP\/1\.1 101 /);
      expect(text.split("HTTP/1.1 ")).toHaveLength(2);
      // Last comes a close frame of two bytes: 1002.
      expect(Buffer.from(text, "latin1").subarray(-4).toString("hex")).toBe("880203ea");
    }
    using eager = new RawSocket(port);
    eager.write(Buffer.concat([Buffer.from(upgrade(port)), wsFrame('{"type":"ping","id":"early"}')]));
    await eventually(() => eager.text.includes('{"type":"ack","id":"early"}'), "the reply to an early frame");
  });

  it("B20: a token in the address is 400 token_in_url, for HTTP too", async () => {
    for (const name of ["token", "access_token", "api_key"]) {
      const answer = await shake({}, `/api/v1/ws?a=b&${name}=secret-value`);
      expectRefusal(answer, 400, "token_in_url");
      expect(answer.body).not.toContain("secret-value");
      expect((await gateway.http.get(`/api/v1/sessions?${name}=secret-value`)).status).toBe(400);
    }
    expect(gateway.log.join("\n")).not.toContain("secret-value");
  });

  it("one connection more than the limit is closed with 4104, and its faults do not end the process", async () => {
    await using small = await GatewayUnderTest.start({ limits: { connections: 1 } });
    const first = await small.connect();
    using second = new RawSocket(small.port);
    second.write(Buffer.concat([Buffer.from(upgrade(small.port)), wsFrame("x", { masked: false })]));
    await second.end();
    expect(await first.command({ type: "ping" })).toMatchObject({ type: "ack" });
  });
});
