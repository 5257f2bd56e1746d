import type { Turn } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { type Body, call, delta, result, sessionStart, start, step, viewOf } from "../session/testing-events.ts";
import { AnswerReader } from "./answer-reader.ts";

const base = [sessionStart(), step(1)];
const turnOf = (...bodies: Body[]): Turn => viewOf(...base, ...bodies).turns.at(-1)!;

describe("AnswerReader", () => {
  it("says each sentence once, when it is whole", () => {
    const reader = new AnswerReader();
    const first = delta(0, "One. Tw");
    expect(reader.next(turnOf(first))).toEqual([{ kind: "words", text: "One." }]);
    expect(reader.next(turnOf(first))).toEqual([]);
    expect(reader.next(turnOf(first, delta(7, "o. Three")))).toEqual([{ kind: "words", text: "Two." }]);
    expect(reader.next(turnOf(first, delta(7, "o. Three"), call("a")))).toEqual([{ kind: "words", text: "Three" }]);
  });

  it("says that a call began and how it ended, in the order of the log", () => {
    const reader = new AnswerReader();
    const bodies = [delta(0, "I look"), call("a"), start("a")];
    expect(reader.next(turnOf(...bodies))).toEqual([
      { kind: "words", text: "I look" },
      { kind: "tool", tool_name: "bash", how: "started" },
    ]);
    expect(reader.next(turnOf(...bodies, result("a", "failed")))).toEqual([
      { kind: "tool", tool_name: "bash", how: "failed" },
    ]);
    expect(reader.next(turnOf(...bodies, result("a", "failed"), delta(0, "x", "2")))).toEqual([]);
  });

  it("says nothing of what was there before, but what follows it", () => {
    const reader = new AnswerReader();
    const bodies = [call("a"), start("a"), delta(0, "Old. Half a sen")];
    reader.skip(turnOf(...bodies));
    expect(reader.next(turnOf(...bodies, delta(15, "tence. And. m")))).toEqual([
      { kind: "words", text: "Half a sentence." },
      { kind: "words", text: "And." },
    ]);
    expect(reader.next(turnOf(...bodies, result("a")))).toEqual([
      { kind: "tool", tool_name: "bash", how: "completed" },
    ]);
  });
});
