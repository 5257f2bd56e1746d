import { describe, expect, it } from "vitest";
import { secretsOf } from "../config/secrets.ts";
import { readSettings } from "../settings.ts";
import { SettingsError } from "../settings-error.ts";
import { readAuth } from "./auth-settings.ts";

const read = (env: Record<string, string> = {}, host = "127.0.0.1") => readAuth((name) => env[name], host);
const OIDC = { OIDC_ISSUER: "https://id.test/", OIDC_AUDIENCE: "a" };

describe("readAuth", () => {
  it("nothing set is local mode, which only loopback may be", () => {
    expect(read()).toBe(null);
    for (const host of ["0.0.0.0", "::", "192.168.1.2", "gateway.example.com"])
      expect(() => read({}, host)).toThrow(SettingsError);
  });

  it("B89: a token or an issuer opens other addresses", () => {
    expect(read({ MILLRACE_TOKEN: "t" }, "0.0.0.0")).toEqual({ token: "t", read_token: null, oidc: null });
    expect(read(OIDC, "::")).toEqual({
      token: null,
      read_token: null,
      oidc: { issuer: "https://id.test/", audience: "a" },
    });
  });

  it.each([
    { OIDC_ISSUER: "https://id.test" },
    { OIDC_AUDIENCE: "a" },
    { ...OIDC, OIDC_ISSUER: "http://id.test" },
    { ...OIDC, OIDC_ISSUER: "ftp://127.0.0.1" },
    { ...OIDC, OIDC_ISSUER: "id.test" },
    { MILLRACE_READ_TOKEN: "r" },
    { ...OIDC, MILLRACE_READ_TOKEN: "r" },
    { MILLRACE_TOKEN: "t", MILLRACE_READ_TOKEN: "t" },
    { MILLRACE_TOKEN: "two words" },
    { MILLRACE_TOKEN: "schlüssel" },
    { MILLRACE_TOKEN: "x".repeat(4_097) },
    { ...OIDC, MILLRACE_TOKEN: "aaa.bbb.ccc" },
  ] as Record<string, string>[])("%o is refused in one line that repeats no token", (env) => {
    expect(() => read(env)).toThrow(SettingsError);
    expect(() => read(env)).toThrow(/^[^\n]+$/);
    expect(() => read(env)).not.toThrow(/two words|schlüssel/);
  });

  it("T5 T24: the redactor knows both tokens", () => {
    const env = { MILLRACE_TOKEN: "the-owners", MILLRACE_READ_TOKEN: "the-readers" };
    expect(secretsOf(readSettings(env, "/root"), env)).toEqual(expect.arrayContaining(["the-owners", "the-readers"]));
  });

  it("http is trusted from this machine only", () => {
    expect(read({ OIDC_ISSUER: "http://127.0.0.1:9", OIDC_AUDIENCE: "a" })?.oidc?.issuer).toBe("http://127.0.0.1:9");
    expect(() => read({ OIDC_ISSUER: "http://127.0.0.1.evil.com", OIDC_AUDIENCE: "a" })).toThrow(SettingsError);
  });
});
