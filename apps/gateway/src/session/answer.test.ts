import { describe, expect, it } from "vitest";
import { answerTo, commentOf, wordOf } from "./answer.ts";

const confirm = {
  interaction_kind: "confirm",
  options: ["allow_once", "allow_session", "deny"],
  args_digest: "d1",
} as const;
const question = { interaction_kind: "question", options: ["red", "blue"], args_digest: null } as const;

describe("answerTo", () => {
  it("ASK-4 B57: a confirm takes one of its options and nothing else", () => {
    expect(answerTo(confirm, { answer: "deny" })).toEqual({ answer: "deny" });
    expect(answerTo(confirm, { answer: { answer: "deny", comment: "No." } })).toEqual({
      answer: { answer: "deny", comment: "No." },
    });
    for (const answer of ["yes", "", "ALLOW_ONCE", "allow_always", { answer: "yes" }]) {
      expect(() => answerTo(confirm, { answer })).toThrow(expect.objectContaining({ code: "bad_request" }));
    }
  });

  it("ASK-4: a question takes any text, also one that is not among its options or that is an option of others", () => {
    for (const answer of ["blue", "green", "", "allow_always", "x".repeat(16 * 1024), { answer: "red", comment: "" }]) {
      expect(answerTo(question, { answer })).toEqual({ answer });
    }
  });

  it("ASK-4: more than 16 KiB of UTF-8, in the answer or its comment, is refused", () => {
    for (const answer of ["ä".repeat(8 * 1024 + 1), { answer: "red", comment: "x".repeat(16 * 1024 + 1) }]) {
      expect(() => answerTo(question, { answer })).toThrow(expect.objectContaining({ code: "bad_request" }));
    }
  });

  it("ASK-3: other arguments than those that were shown are refused, also where none were shown", () => {
    expect(answerTo(confirm, { answer: "deny", args_digest: "d1" })).toEqual({ answer: "deny" });
    for (const [item, args_digest] of [
      [confirm, "d2"],
      [confirm, ""],
      [question, "d1"],
    ] as const) {
      expect(() => answerTo(item, { answer: "deny", args_digest })).toThrow(
        expect.objectContaining({ code: "args_changed" }),
      );
    }
  });

  it("ASK-7: the duration stands in the answer or beside it, and never exceeds what was offered", () => {
    expect(answerTo(confirm, { answer: "allow_session" })).toMatchObject({ remember: "session" });
    expect(answerTo(confirm, { answer: "allow_once", remember: "session" })).toMatchObject({ remember: "session" });
    expect(answerTo(confirm, { answer: "allow_session", remember: "once" })).toMatchObject({ remember: "once" });
    expect(answerTo(confirm, { answer: "allow_once" })).toEqual({ answer: "allow_once" });
    expect(answerTo(confirm, { answer: "deny", remember: "session" })).toEqual({ answer: "deny" });
    expect(() => answerTo(confirm, { answer: "allow_once", remember: "always" })).toThrow(
      expect.objectContaining({ code: "bad_request" }),
    );
  });

  it("LOG-6: text is kept; half of a surrogate pair becomes U+FFFD", () => {
    expect(answerTo(question, { answer: "a\u0000\u2028\ud83d" })).toEqual({ answer: "a\u0000\u2028\ufffd" });
    expect(answerTo(question, { answer: { answer: "\ud83d", comment: "\ude00" } })).toEqual({
      answer: { answer: "\ufffd", comment: "\ufffd" },
    });
  });
});

describe("wordOf, commentOf", () => {
  it("read whatever was stored", () => {
    expect([
      wordOf("a"),
      wordOf({ answer: "b", comment: "c" }),
      wordOf(7),
      wordOf(null),
      wordOf({ answer: 1 }),
    ]).toEqual(["a", "b", "", "", ""]);
    expect([commentOf("a"), commentOf({ answer: "b", comment: "c" }), commentOf(null)]).toEqual([null, "c", null]);
  });
});
