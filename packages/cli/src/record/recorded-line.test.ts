import { parseRecording } from "@millrace/scripted-model";
import { describe, expect, it } from "vitest";
import { Recorder } from "./recorded-line.ts";

function recorded(...lines: string[]): { text: string; recorder: Recorder } {
  const recorder = new Recorder();
  const kept = [...lines.map((line, index) => recorder.line(line, index + 0.4)), recorder.end(99)];
  return { text: kept.filter((line) => line !== null).join("\n"), recorder };
}

describe("a recording", () => {
  it("keeps each chunk's text as it came, with its time, and can be read again", () => {
    const chunk = '{"b":1.0, "a":"\\u00e9 😀"}';
    const { text, recorder } = recorded(`data: ${chunk}`, "", ": comment", "", "data:[1]", "", "data: [DONE]", "");
    expect(text).toBe(`{"t_ms": 1, "chunk": ${chunk}}\n{"t_ms": 5, "chunk": [1]}`);
    expect(recorder).toMatchObject({ lines: 2, ended: true, unreadable: 0 });
    expect(parseRecording(text)).toEqual([
      { t_ms: 1, data: chunk },
      { t_ms: 5, data: "[1]" },
    ]);
  });

  it("keeps an event's name, joins a chunk that was written over two lines, and takes one without its empty line", () => {
    const { text } = recorded("event: error", 'data: {"error":', "data: null}", "", 'data: {"last":1}');
    expect(parseRecording(text)).toEqual([
      { t_ms: 3, data: '{"error": null}', event: "error" },
      { t_ms: 99, data: '{"last":1}' },
    ]);
  });

  it("leaves out what is no JSON, and counts it", () => {
    const { text, recorder } = recorded("data: oops", "", "event: ping", "", "data: {}", "");
    expect([text, recorder.unreadable, recorder.ended]).toEqual(['{"t_ms": 5, "chunk": {}}', 1, false]);
  });
});
