import { describe, expect, it } from "vitest";
import { askingText } from "./asking-text.ts";

describe("askingText", () => {
  it("says what would happen, then why it is asked", () => {
    expect(askingText("bash", { command: "npm test" }, "No rule allows it.")).toBe(
      'bash {"command":"npm test"}\nNo rule allows it.',
    );
    expect(askingText("tool", undefined, "")).toBe("tool");
  });

  it("T16 T17: nothing in it is hidden, reordered or cut without a word", () => {
    const text = askingText("bash", { command: "ls \u202e\u200b\u0000\u2028\u{e0041} rm\u009b\ud83d" }, "why");
    expect(text).not.toMatch(/[\p{Cf}\p{Zl}\p{Cs}]|(?!\n)\p{Cc}/u);
    expect(text).toContain("\\u{202e}\\u{200b}\\u0000\\u{2028}\\u{e0041} rm\\u{9b}\\ud83d");
    expect(text).toMatch(/\nwhy$/);
    const long = askingText("bash", { command: `${"x".repeat(3_000)} && rm -rf /` }, "why");
    expect(long).toContain(" … (1026 more characters)\nwhy");
  });
});
