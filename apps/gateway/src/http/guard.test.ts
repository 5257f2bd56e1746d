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

  it("B9: only a path as the target", () => {
    for (const url of ["http://evil.com/", "*", "", "evil.com:443"])
      expect([url, check([host], "GET", url)]).toEqual([url, 400]);
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
    expect(check([host], "GET", "/?mytoken=x&tokens=2&q=token%3Dx&%ZZ")).toBeNull();
  });

  it("B6 B89: off loopback the address that was really reached is a name too, and no other one", () => {
    const open = new Guard(8000, ["chat.example.com"], "0.0.0.0");
    const status = (name: string, localAddress: string, origin?: string): number | null => {
      const headers = { host: name, ...(origin === undefined ? {} : { origin }) };
      const request = { method: "GET", url: "/", headers, rawHeaders: ["Host", name], socket: { localAddress } };
      return open.check(request as unknown as IncomingMessage)?.status ?? null;
    };
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
