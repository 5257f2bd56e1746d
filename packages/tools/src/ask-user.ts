import { defineTool, type Tool } from "@millrace/agent";
import { z } from "zod";

const ASKED_OPTIONS = 10;

/** Asks the people who watch. */
export function askUser(): Tool {
  return defineTool({
    name: "ask_user",
    description:
      "Asks the user and waits for the answer, however long it takes. Use it where only they can know or decide, not to report. kind: question (any text is an answer), confirm (one of the options; yes and no by default), feedback (an opinion on something shown).",
    parameters: z.object({
      question: z.string().min(1).max(10_000),
      options: z
        .array(z.string().min(1).max(200))
        .max(ASKED_OPTIONS)
        .refine((options) => new Set(options).size === options.length, { error: "Each option must be another one." })
        .optional()
        .describe(`Answers to choose from, at most ${ASKED_OPTIONS}`),
      kind: z.enum(["question", "confirm", "feedback"]).optional().describe("question by default"),
    }),
    permission: "allow",
    only_asks: true,
    execute: async ({ question, options = [], kind = "question" }, context) => {
      const offered = kind === "confirm" && options.length === 0 ? ["yes", "no"] : options;
      const { answer, comment } = await context.ask({ kind, content: question, options: offered });
      return { content: comment === null || comment === "" ? answer : `${answer}\n\nComment: ${comment}` };
    },
  });
}
