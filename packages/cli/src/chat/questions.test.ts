import type { ChunkOf } from "@millrace/client";
import { describe, expect, it } from "vitest";
import { keyAnswer } from "./question.ts";
import { Questions } from "./questions.ts";
import { chunk } from "./testing.ts";

type Question = ChunkOf<"interaction_request">;

const PERMISSION = ["allow_once", "allow_session", "allow_always", "deny"];

function question(request_id: string, options: string[] = PERMISSION, interaction_kind = "confirm"): Question {
  return chunk("interaction_request", { request_id, options, interaction_kind, content: "?" }) as Question;
}

describe("keys", () => {
  it.each([
    ["a", "allow_once"],
    ["s", "allow_session"],
    ["A", "allow_always"],
    ["d", "deny"],
    ["4", "deny"],
  ])("%s means %s", (key, answer) => {
    expect(keyAnswer(question("q"), key)).toEqual({ answer });
  });

  it("nothing else decides about a permission: not Return, not a space, not what means it elsewhere", () => {
    for (const key of ["return", " ", "y", "S", "D", "0", "5", ""]) expect(keyAnswer(question("q"), key)).toBeNull();
    expect(keyAnswer(question("q", ["continue", "end"]), "a")).toBeNull();
  });

  it("a question's options have digits, and 0 for an answer of one's own", () => {
    const asked = question("q", ["red", "blue"], "question");
    expect([keyAnswer(asked, "2"), keyAnswer(asked, "0")]).toEqual([{ answer: "blue" }, "type"]);
  });
});

class Person {
  readonly said: string[] = [];
  readonly told: string[] = [];
  line = Promise.withResolvers<string | null>();
  signal: AbortSignal | null = null;
  failure: Error | null = null;
  readonly questions: Questions = new Questions({
    answer: async ({ request_id }, answer) => {
      if (this.failure !== null) throw this.failure;
      this.said.push(`${request_id} ${answer}`);
    },
    ask: (signal) => {
      this.signal = signal;
      signal.addEventListener("abort", () => this.line.resolve(null));
      return this.line.promise;
    },
    tell: (line) => this.told.push(line),
  });
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe("a run's questions", () => {
  it("are answered one after the other, each once", async () => {
    const { questions, said } = new Person();
    questions.key("a");
    questions.see(question("q1"));
    questions.see(question("q2"));
    for (const key of ["a", "d", "a"]) {
      questions.key(key);
      await settled();
    }
    expect(said).toEqual(["q1 allow_once", "q2 deny"]);
  });

  it("ask for a line where there are no options", async () => {
    const person = new Person();
    person.questions.see(question("q1", [], "question"));
    person.questions.key("a");
    person.line.resolve("by train");
    await settled();
    expect(person.said).toEqual(["q1 by train"]);
  });

  it("are taken away when somebody answers elsewhere, also while this person types", async () => {
    const person = new Person();
    person.questions.see(question("q1", [], "question"));
    person.questions.see(question("q2"));
    person.questions.see(chunk("user_input_received", { request_id: "q1", answer: "x", by: "y" }));
    expect(person.signal?.aborted).toBe(true);
    await settled();
    person.questions.key("d");
    await settled();
    expect(person.said).toEqual(["q2 deny"]);
    person.questions.see(question("q3"));
    person.questions.see(chunk("cancelled"));
    person.questions.key("a");
    await settled();
    expect(person.said).toHaveLength(1);
  });

  it("stay where an answer got lost, and go where it came too late", async () => {
    const person = new Person();
    person.questions.see(question("q1"));
    person.failure = new Error("lost");
    person.questions.key("a");
    await settled();
    person.failure = null;
    person.questions.key("a");
    await settled();
    expect([person.said, person.told]).toEqual([["q1 allow_once"], ["the answer did not count: lost"]]);
    person.questions.see(question("q2"));
    person.failure = Object.assign(new Error("too late"), { code: "already_answered" });
    person.questions.key("a");
    await settled();
    person.failure = null;
    person.questions.key("a");
    await settled();
    expect(person.said).toHaveLength(1);
  });
});
