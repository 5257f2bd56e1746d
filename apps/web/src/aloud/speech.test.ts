import { describe, expect, it } from "vitest";
import { createSpeech, MOST } from "./speech.ts";

function listener() {
  const heard: string[] = [];
  const waits: number[] = [];
  let go: (() => void) | null = null;
  const speech = createSpeech({
    speak: (text) => heard.push(text),
    gap: () => "…",
    after: (ms, callback) => {
      waits.push(ms);
      go = callback;
      return () => {
        go = null;
      };
    },
  });
  const pass = () => {
    const callback = go;
    go = null;
    callback?.();
    return callback !== null;
  };
  return { heard, waits, speech, pass };
}

describe("speech", () => {
  it("hands over one thing after the other, at the pace of listening", () => {
    const { heard, waits, speech, pass } = listener();
    speech.say("One sentence.", "answer");
    speech.say("Two.", "answer");
    speech.say("Three.", "answer");
    speech.say("bash started", "news");
    expect(heard).toEqual(["One sentence."]);
    pass();
    pass();
    expect(heard).toEqual(["One sentence.", "Two. Three.", "bash started"]);
    expect(waits[0]).toBe(13 * 40);
    pass();
    speech.say("这是一句话", "answer");
    expect(waits.at(-1)).toBe(5 * 130);
  });

  it("lets only so much of an answer wait, says once that something is left out, and never leaves out news", () => {
    const { heard, speech, pass } = listener();
    const sentence = `${"word ".repeat(19)}end.`;
    for (let index = 0; index < 100; index++) speech.say(sentence, "answer");
    speech.say("Done", "news");
    while (pass()) {}
    const words = heard.join(" ").length;
    expect(words).toBeLessThan(MOST + 300);
    expect(heard.slice(-2)).toEqual(["…", "Done"]);
    expect(heard.filter((text) => text === "…")).toHaveLength(1);
  });

  it("forgets what waits when it is cleared", () => {
    const { heard, speech, pass } = listener();
    speech.say("One.", "answer");
    speech.say("Two.", "answer");
    speech.clear();
    speech.say("Stopped", "news");
    expect(pass()).toBe(true);
    expect(pass()).toBe(false);
    expect(heard).toEqual(["One.", "Stopped"]);
  });
});
