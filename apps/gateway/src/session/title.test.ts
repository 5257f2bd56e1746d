import { describe, expect, it } from "vitest";
import { titleFrom, titleFromAnswer } from "./title.ts";

describe("titleFrom", () => {
  it("keeps what is short, on one line", () => {
    expect(titleFrom("  What\n\n  is\tthis? ")).toBe("What is this?");
  });

  it("cuts what is long to 60 characters with an ellipsis, never inside a surrogate pair", () => {
    expect(titleFrom("x".repeat(60))).toBe("x".repeat(60));
    expect(titleFrom("x".repeat(61))).toBe(`${"x".repeat(59)}…`);
    expect(titleFrom("😀".repeat(61))).toBe(`${"😀".repeat(59)}…`);
    expect(titleFrom(`${"x".repeat(58)} and more`)).toBe(`${"x".repeat(58)}…`);
  });

  it("takes the first sentence, without its full stop", () => {
    expect(titleFrom("Fix the build. Then tell me why it broke.")).toBe("Fix the build");
    expect(titleFrom("Does e.g. 3.14 parse? I doubt it.")).toBe("Does e.g. 3.14 parse?");
    expect(titleFrom("今天星期几?")).toBe("今天星期几?");
    expect(titleFrom("把录音转成 MP3。手机上要能播放。")).toBe("把录音转成 MP3");
    expect(titleFrom("Use a.b.c in README.md please")).toBe("Use a.b.c in README.md please");
  });

  it("leaves Markdown's marks out, and a code block where there are words", () => {
    expect(titleFrom("## Plan\n- [ ] **one** thing in `a_b.py`")).toBe("Plan one thing in a_b.py");
    expect(titleFrom("See [the docs](https://x.example/a) and ![a cat](cat.png)")).toBe("See the docs and a cat");
    expect(titleFrom("What is wrong?\n```py\nprint(1)\n```")).toBe("What is wrong?");
    expect(titleFrom("```py\nprint(1)\n```")).toBe("print(1)");
    expect(titleFrom("2 * 3 * 4 and snake_case_name")).toBe("2 * 3 * 4 and snake_case_name");
  });

  it("finds nothing in a mere greeting, and takes the answer's heading or first sentence instead", () => {
    for (const greeting of ["Hi", "hello!", "Hey there", "good morning.", "你好！", "您好", "thanks :)"])
      expect(titleFrom(greeting), greeting).toBe("");
    expect(titleFrom("Hello world program in C")).toBe("Hello world program in C");
    expect(titleFromAnswer("Hello! I am an agent. Ask me.")).toBe("Hello! I am an agent");
    expect(titleFromAnswer("Sure:\n\n# What I can do\nMuch.")).toBe("What I can do");
    expect(titleFromAnswer("")).toBe("");
  });

  it("takes no longer for a text that almost matches", () => {
    const started = performance.now();
    for (const piece of ["`".repeat(9), "[", "*a", "#", "> ", "hi ,", "__", "~~~\n"]) titleFrom(piece.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
