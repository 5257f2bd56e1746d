import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayUnderTest } from "./gateway-under-test.ts";

const web_dir = mkdtempSync(join(tmpdir(), "millrace-web-"));
let gateway: GatewayUnderTest;

beforeAll(async () => {
  mkdirSync(join(web_dir, "assets"));
  for (const file of ["index.html", "diagram.html", "theme.js", "assets/diagram.html"])
    writeFileSync(join(web_dir, file), "");
  gateway = await GatewayUnderTest.start({ settings: { web_dir } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(web_dir, { recursive: true, force: true });
});

describe("T15: the page that diagrams are drawn in", () => {
  it("is sandboxed by its own header, asks for nothing, and is framed by the interface only", async () => {
    const { status, headers } = await gateway.http.get("/diagram.html");
    expect(status).toBe(200);
    expect((headers["content-security-policy"] as string).split(";").sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      "img-src data:",
      "sandbox allow-scripts",
      "script-src 'unsafe-inline'",
      "style-src 'unsafe-inline'",
    ]);
    expect(headers).toMatchObject({
      "x-frame-options": "SAMEORIGIN",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
      "cross-origin-resource-policy": "same-origin",
      "content-type": "text/html; charset=utf-8",
    });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it.each(["/", "/theme.js", "/assets/diagram.html", "/diagram.html/", "/diagram%2ehtmlx", "/api/v1/models"])(
    "%s may not be framed, and frames its own only",
    async (path) => {
      const { headers } = await gateway.http.get(path);
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["content-security-policy"]).toContain("frame-src 'self'");
    },
  );

  it.each(["/api/v1/models", "/api/v1/sessions", "/", "/theme.js", "/diagram.html"])(
    "T1: %s is refused to Origin: null, which a frame without an origin sends",
    async (path) => {
      const frame = { Origin: "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
      const answer = await gateway.http.get(path, frame);
      expect(answer).toMatchObject({ status: 403, json: { error: { code: "forbidden" } } });
    },
  );
});
