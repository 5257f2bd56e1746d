import type { ToolQuestion } from "@millrace/agent";
import { expect, it } from "vitest";
import { askUser } from "./ask-user.ts";
import { use } from "./testing/workspace-fixture.ts";

async function asked(
  args: object,
  comment: string | null = null,
): Promise<{ question: ToolQuestion; content: string }> {
  const questions: ToolQuestion[] = [];
  const ask = async (question: ToolQuestion): Promise<{ answer: string; comment: string | null }> => {
    questions.push(question);
    return { answer: "blue", comment };
  };
  const { content } = await use(askUser(), args, { ask });
  expect(questions).toHaveLength(1);
  return { question: questions[0]!, content };
}

it("asks, and gives the answer with its comment", async () => {
  expect(await asked({ question: "Which?", options: ["red", "blue"] })).toEqual({
    question: { kind: "question", content: "Which?", options: ["red", "blue"] },
    content: "blue",
  });
  expect((await asked({ question: "Well?", kind: "feedback" }, "a bit dark")).content).toBe(
    "blue\n\nComment: a bit dark",
  );
});

it("offers yes and no where something is to be confirmed and nothing else is offered (ASK-4)", async () => {
  expect((await asked({ question: "Sure?", kind: "confirm" })).question.options).toEqual(["yes", "no"]);
  expect((await asked({ question: "Sure?", kind: "confirm", options: ["go"] })).question.options).toEqual(["go"]);
});

it("takes at most ten options, each another one", () => {
  const fits = (options: string[]): boolean => askUser().parameters.safeParse({ question: "?", options }).success;
  const many = Array.from({ length: 11 }, (_, at) => `${at}`);
  expect([fits(many), fits(many.slice(1)), fits(["a", "a"]), fits([""])]).toEqual([false, true, false, false]);
});

it("may begin again after a crash, and needs nobody's permission", () => {
  expect(askUser()).toMatchObject({ only_asks: true, permission: "allow" });
});

it("fails where nobody can be asked (ASK-8)", async () => {
  await expect(use(askUser(), { question: "?" })).rejects.toThrow("Nobody can be asked.");
});
