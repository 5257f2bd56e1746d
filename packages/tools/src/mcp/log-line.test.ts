import { describe, expect, it } from "vitest";
import { logLine } from "./log-line.ts";

describe("logLine", () => {
  it("T27: takes out what was configured, and what looks like a secret", () => {
    const redact = logLine(["Bearer c4n4ry-token", "c4n4ry", "ab"]);
    expect(redact("got Bearer c4n4ry-token and c4n4ry, ab")).toBe("got [redacted] and [redacted], ab");
    expect(redact('{"api_key":"abc123","Authorization": "Bearer xyz.123456"}')).not.toMatch(/abc123|xyz/);
    expect(redact("password=hunter22 token: zzz; Bearer abcdef123456 sk-abcdefghijklmnop")).toBe(
      "password=[redacted] token: [redacted]; Bearer [redacted] [redacted]",
    );
  });

  it("makes one bounded line", () => {
    const shown = logLine([])(`a\n\u001b[2Jb${"x".repeat(100_000)}`);
    expect(shown).toHaveLength(1_000);
    expect(shown.startsWith("a [2Jbx")).toBe(true);
  });
});
