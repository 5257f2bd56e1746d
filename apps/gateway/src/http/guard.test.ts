import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { Guard } from "./guard.ts";

const guard = new Guard(8000, ["chat.example.com"]);

function check(headers: [string, string][], method = "GET", url = "/"): number | null {
  const request = {
    method,
    url,
    headers: Object.fromEntries(headers.toReversed().map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: headers.flat(),
  } as unknown as IncomingMessage;
  return guard.check(request)?.status ?? null;
}
const host: [string, string] = ["Host", "127.0.0.1:8000"];

/** What a gateway on all addresses of port `port`, behind some names, answers to a request that came to `localAddress`. */
function reach(port: number, name: string, origin: string | null, localAddress = "192.168.1.5"): number | null {
  const open = new Guard(port, ["plain.example.com", "tls.example.com:443", "odd.example.com:8443"], "0.0.0.0");
  const headers = { host: name, ...(origin === null ? {} : { origin }) };
  const request = { method: "GET", url: "/", headers, rawHeaders: ["Host", name], socket: { localAddress } };
  return open.check(request as unknown as IncomingMessage)?.status ?? null;
}

describe("Guard", () => {
  it("B5 B6 B7: only the names that are served here", () => {
    for (const name of ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000", "chat.example.com"]) {
      expect([name, check([["Host", name]])]).toEqual([name, null]);
    }
    for (const name of [
      "127.0.0.1",
      "localhost:80",
      "127.0.0.1:8000.evil.com",
      "chat.example.com.evil",
      "0.0.0.0:8000",
    ]) {
      expect([name, check([["Host", name]])]).toEqual([name, 421]);
    }
    expect(check([["Host", ""]])).toBe(400);
    expect(check([])).toBe(400);
    expect(check([host, ["hOST", "127.0.0.1:8000"]])).toBe(400);
  });

  it("B1 B2 B3 B4: only an origin that is exactly ours", () => {
    const own = ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "https://chat.example.com"];
    for (const origin of own) expect([origin, check([host, ["Origin", origin]])]).toEqual([origin, null]);
    const foreign = [
      "https://evil.com",
      "null",
      "",
      "http://127.0.0.1:8000.evil.com",
      "http://localhost.evil.com:8000",
      "http://localhost:8001",
      "https://localhost:8000",
      "http://localhost:8000/",
      "http://localhost:8000@evil.com",
      "HTTP://LOCALHOST:8000",
      "file://",
    ];
    for (const origin of foreign) expect([origin, check([host, ["Origin", origin]])]).toEqual([origin, 403]);
  });

  it.each([
    { port: 80, name: "127.0.0.1", origin: "http://127.0.0.1" },
    { port: 80, name: "127.0.0.1:80", origin: "http://127.0.0.1" },
    { port: 80, name: "localhost", origin: "http://localhost" },
    { port: 80, name: "[::1]", origin: "http://[::1]" },
    { port: 80, name: "192.168.1.5", origin: "http://192.168.1.5" },
    { port: 80, name: "192.168.1.5:80", origin: "http://192.168.1.5" },
    { port: 80, name: "[fd00::80]", origin: "http://[fd00::80]", at: "fd00::80" },
    { port: 443, name: "127.0.0.1:443", origin: "http://127.0.0.1:443" },
    { port: 8000, name: "plain.example.com", origin: "http://plain.example.com" },
    { port: 8000, name: "plain.example.com", origin: "https://plain.example.com" },
    { port: 8000, name: "tls.example.com", origin: "https://tls.example.com" },
    { port: 8000, name: "tls.example.com:443", origin: "https://tls.example.com" },
    { port: 8000, name: "odd.example.com:8443", origin: "https://odd.example.com:8443" },
  ])("B4 B6: port $port is reached as $name from $origin", ({ port, name, origin, at = "192.168.1.5" }) => {
    expect(reach(port, name, origin, at)).toBeNull();
    expect(reach(port, name, null, at)).toBeNull();
  });

  it.each([
    { port: 8000, name: "127.0.0.1", origin: null, status: 421 },
    { port: 8000, name: "127.0.0.1:80", origin: null, status: 421 },
    { port: 8000, name: "192.168.1.5", origin: null, status: 421 },
    { port: 443, name: "127.0.0.1", origin: null, status: 421 },
    { port: 80, name: "127.0.0.1:8000", origin: null, status: 421 },
    { port: 80, name: "127.0.0.1:443", origin: null, status: 421 },
    { port: 80, name: "evil.com", origin: null, status: 421 },
    { port: 80, name: "127.0.0.1.evil.com", origin: null, status: 421 },
    { port: 8000, name: "odd.example.com", origin: null, status: 421 },
    { port: 80, name: "127.0.0.1", origin: "https://127.0.0.1", status: 403 },
    { port: 80, name: "127.0.0.1", origin: "http://127.0.0.1:80", status: 403 },
    { port: 80, name: "127.0.0.1", origin: "http://127.0.0.1:8000", status: 403 },
    { port: 8000, name: "127.0.0.1:8000", origin: "http://127.0.0.1", status: 403 },
    { port: 8000, name: "tls.example.com", origin: "http://tls.example.com", status: 403 },
    { port: 8000, name: "tls.example.com", origin: "http://tls.example.com:80", status: 403 },
    { port: 8000, name: "plain.example.com", origin: "https://plain.example.com:8443", status: 403 },
    { port: 8000, name: "odd.example.com:8443", origin: "https://odd.example.com", status: 403 },
  ])("B4 B6: port $port is not reached as $name from $origin", ({ port, name, origin, status }) => {
    expect(reach(port, name, origin)).toBe(status);
  });

  it("B9: only a path as the target", () => {
    for (const url of ["http://evil.com/", "*", "", "evil.com:443", "/a#", "/a?b#c", "/a\\b", "/a\xa0", "/a\t", "/a b"])
      expect([url, check([host], "GET", url)]).toEqual([url, 400]);
    for (const url of ["//a", "/a;b@[]%2f'\"{|}~!$&()*+,=", "/?q=ä\xa0?/\\", "/s/x?", "/%23"])
      expect([url, check([host], "GET", url)]).toEqual([url, null]);
  });

  it("B82: another site may read nothing new and change nothing", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      for (const site of ["cross-site", "same-site", "x"])
        expect(check([host, ["Sec-Fetch-Site", site]], method)).toBe(403);
      for (const site of ["same-origin", "none"]) expect(check([host, ["Sec-Fetch-Site", site]], method)).toBeNull();
    }
    expect(check([host, ["Sec-Fetch-Site", "cross-site"]])).toBeNull();
  });

  it("B20: no token in the address", () => {
    for (const query of ["?token=x", "?a=1&access_token=x", "?API_KEY=x"])
      expect(check([host], "GET", `/${query}`)).toBe(400);
    for (const query of [
      "?%74oken=x",
      "?a&access%5Ftoken=x",
      "?token",
      "?token[]=x",
      "?id_token=x",
      "?x=1&refresh_token",
    ])
      expect([query, check([host], "GET", `/${query}`)]).toEqual([query, 400]);
    const names = ["jwt", "key", "auth", "bearer", "x-api-key", "X_Auth_Token", "api_key", "apikey", "api-token"];
    for (const name of [...names, "authorization", "bearer_token", "access-key", "KEY", "%6bey", "key[0]", "auth_key"])
      expect([name, check([host], "GET", `/?${name}=x`)]).toEqual([name, 400]);
    for (const name of [
      "mytoken",
      "tokens",
      "keys",
      "author",
      "monkey",
      "key_id",
      "q",
      "before",
      "after",
      "tail",
      "next",
    ])
      expect([name, check([host], "GET", `/?${name}=x`)]).toEqual([name, null]);
    expect(check([host], "GET", "/?q=token%3Dx&%ZZ")).toBeNull();
  });

  it("B6 B89: off loopback the address that was really reached is a name too, and no other one", () => {
    const status = (name: string, at: string, origin: string | null = null): number | null =>
      reach(8000, name, origin, at);
    expect(status("192.168.1.5:8000", "192.168.1.5")).toBeNull();
    expect(status("192.168.1.5:8000", "::ffff:192.168.1.5")).toBeNull();
    expect(status("[fd00::1]:8000", "fd00::1")).toBeNull();
    expect(status("192.168.1.5:8000", "192.168.1.5", "http://192.168.1.5:8000")).toBeNull();
    for (const name of [
      "192.168.1.6:8000",
      "192.168.1.5",
      "192.168.1.5:80",
      "evil.com:8000",
      "192.168.1.5.nip.io:8000",
    ])
      expect([name, status(name, "192.168.1.5")]).toEqual([name, 421]);
    for (const origin of ["http://192.168.1.6:8000", "https://192.168.1.5:8000", "http://192.168.1.5:8001"])
      expect([origin, status("192.168.1.5:8000", "192.168.1.5", origin)]).toEqual([origin, 403]);
  });
});
