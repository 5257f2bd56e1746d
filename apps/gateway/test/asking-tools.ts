import { defineTool, type Tool, type ToolTrait } from "@millrace/agent";
import { type Action, type ContentRule, reply, toolCalls } from "@millrace/scripted-model";
import { z } from "zod";

/** Tools that need a person's word, and what they did. */
export class AskingTools {
  /** What was written, in order. */
  readonly written: string[] = [];

  get tools(): Tool[] {
    return [
      this.#write(),
      this.#askUser(),
      trait("read_diary", ["private"]),
      trait("fetch", ["untrusted"]),
      this.#post(),
    ];
  }

  /** `write {what}`: needs a permission for each `what`, which may be remembered. */
  #write(): Tool {
    return defineTool({
      name: "write",
      description: "Writes something.",
      parameters: z.object({ what: z.string() }),
      permission: { default: "ask", subjects: ({ what }) => [what], remembered: ({ what }) => what },
      execute: async ({ what }) => {
        this.written.push(what);
        return { content: `wrote ${what}` };
      },
    }) as Tool;
  }

  /** `ask_user {what}`: a question to a person, whose answer is the result. */
  #askUser(): Tool {
    return defineTool({
      name: "ask_user",
      description: "Asks.",
      parameters: z.object({ what: z.string() }),
      only_asks: true,
      execute: async ({ what }, { ask }) => {
        const { answer, comment } = await ask({ kind: "question", content: what, options: ["red", "blue"] });
        return { content: `They said ${answer}${comment === null ? "" : ` (${comment})`}.` };
      },
    }) as Tool;
  }

  /** `post {what}`: allowed by itself, and carries something out. */
  #post(): Tool {
    return defineTool({
      name: "post",
      description: "Posts something.",
      parameters: z.object({ what: z.string() }),
      traits: ["outbound"],
      execute: async ({ what }) => {
        this.written.push(`posted ${what}`);
        return { content: "posted" };
      },
    }) as Tool;
  }
}

function trait(name: string, traits: readonly ToolTrait[]): Tool {
  const parameters = z.object({ what: z.string() });
  return defineTool({
    name,
    description: name,
    parameters,
    traits,
    execute: async () => ({ content: "seen" }),
  }) as Tool;
}

/** What the model does of a message like `do write a.txt, write b.txt; post c`: two calls at once, then one, then it ends. */
export const doAsTold: ContentRule = {
  when: /^do /,
  script: (_request, { text, step }): Action[] => {
    const calls = text.slice(3).split("; ")[step - 1];
    if (calls === undefined) return reply("All done.");
    return toolCalls(
      calls.split(", ").map((call, index) => {
        const [name = "", ...what] = call.split(" ");
        return { id: `c${step}-${index}`, name, arguments: { what: what.join(" ") } };
      }),
    );
  },
};
