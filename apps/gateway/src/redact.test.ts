import { describe, expect, it } from "vitest";
import { redactor } from "./redact.ts";

const KNOWN = 'canary"4f1d\\0c8e';
const redact = redactor([KNOWN, "short"]);

describe("redactor", () => {
  it("T24: takes out what is known to be secret, as it is and as it stands in JSON", () => {
    expect(redact(`the key ${KNOWN}!`)).toBe("the key [redacted]!");
    const line = redact(JSON.stringify({ content: `the key ${KNOWN}!` }));
    expect(JSON.parse(line)).toEqual({ content: "the key [redacted]!" });
  });

  it.each([
    `sk-${"a1B2".repeat(8)}`,
    `ghp_${"a1B2".repeat(9)}`,
    `github_pat_${"a1_2".repeat(9)}`,
    `xoxb-${"12345-".repeat(3)}`,
    "AKIAIOSFODNN7EXAMPLE",
    `AIza${"a".repeat(35)}`,
    `hf_${"aB".repeat(17)}`,
    `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`,
  ])("T24: takes out what looks like a key: %s", (key) => {
    expect(redact(`before ${key} behind`)).toBe("before [redacted] behind");
    expect(JSON.parse(redact(JSON.stringify({ key })))).toEqual({ key: "[redacted]" });
  });

  it("T24: a bearer token, a password in an address and a private key", () => {
    expect(redact("Authorization: Bearer abcdefghij.klmnopqrst")).toBe("Authorization: Bearer [redacted]");
    expect(redact("postgres://me:hunter22@host:5432/db")).toBe("postgres://me:[redacted]@host:5432/db");
    const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----";
    expect(redact(JSON.stringify(pem))).not.toContain("MIIEow");
  });

  it.each([
    "The bearer of this letter, a bearer token, Bearer authentication.",
    "http://127.0.0.1:8000/x and https://example.com:443/@me",
    "short sk-learn task-management-is-hard AKIA",
  ])("leaves everything else as it is: %s", (text) => {
    expect(redact(text)).toBe(text);
  });

  it("T33: needs linear time where text only almost looks like a key", () => {
    const began = performance.now();
    for (const piece of ["eyJ-", "-----BEGIN PRIVATE KEY-----", "://a:", "sk-a.", "Bearer a "]) {
      redact(piece.repeat(200_000));
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
