import { describe, expect, it } from "vitest";
import { redactedStream, redactor } from "./redact.ts";

const KNOWN = 'canary"4f1d\\0c8e';
const redact = redactor([KNOWN, "short"]);

describe("redactor", () => {
  it("T24: takes out what is known to be secret, as it is and as it stands in JSON", () => {
    expect(redact(`the key ${KNOWN}!`)).toBe("the key [redacted]!");
    const line = redact(JSON.stringify({ content: `the key ${KNOWN}!` }));
    expect(JSON.parse(line)).toEqual({ content: "the key [redacted]!" });
  });

  it("T24: as it stands in an address and in Base64 too", () => {
    expect(redact(`?key=${encodeURIComponent(KNOWN)}&a=1`)).toBe("?key=[redacted]&a=1");
    expect(redact(`Basic ${btoa(KNOWN)}`)).toMatch(/^Basic \[redacted\]=*$/);
  });

  it("T24: only known values, or also what stands behind a name and what is cut short, where that is wanted", () => {
    const key = `sk-${"a1B2".repeat(8)}`;
    expect(redactor([KNOWN], "nothing")(`${KNOWN} ${key}`)).toBe(`[redacted] ${key}`);
    expect(redactor([], "nothing")(key)).toBe(key);
    const named = redactor([], "named");
    expect(named("password=hunter22 token: zzz; Cookie: a=b; Bearer abcdef123456")).toBe(
      "password=[redacted] token: [redacted]; Cookie: [redacted]; Bearer [redacted]",
    );
    expect(named('{"api_key":"abc123","Authorization": "Bearer xyz.123456"}')).not.toMatch(/abc123|xyz/);
    expect(named("wrong key sk-abc***xyz1, key_not_found, max tokens: 4096")).toBe(
      "wrong key [redacted], key_not_found, max tokens: 4096",
    );
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
    const named = redactor([KNOWN], "named");
    for (const piece of ["eyJ-", "-----BEGIN PRIVATE KEY-----", "://a:", "sk-a.", "Bearer a ", "sk-", "token  "]) {
      redact(piece.repeat(100_000));
      named(piece.repeat(100_000));
    }
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});

describe("redactedStream", () => {
  it("T21: finds a known value wherever the text is cut, and loses nothing else", () => {
    const text = `before ${KNOWN} between canary-no ${KNOWN}${KNOWN} cana`;
    const whole = redactor([KNOWN], "nothing")(text);
    for (let size = 1; size <= text.length; size += 1) {
      const stream = redactedStream([KNOWN, "another-one"]);
      let shown = "";
      for (let at = 0; at < text.length; at += size) shown += stream.push(text.slice(at, at + size));
      expect(shown + stream.end()).toBe(whole);
    }
  });

  it("keeps back only what may be the beginning of a value", () => {
    const stream = redactedStream([KNOWN]);
    expect(stream.push("plain text, ")).toBe("plain text, ");
    expect(stream.push("a can")).toBe("a ");
    expect(stream.push("oe")).toBe("canoe");
    expect(stream.end()).toBe("");
  });
});
