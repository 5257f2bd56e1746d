import { defineTool, type Tool } from "@millrace/agent";
import { z } from "@millrace/gateway/testing";
import type { ModelLedger } from "../kit/oracle.ts";
import { pause } from "./model.ts";
import type { After } from "./time.ts";

interface Working {
  readonly after: After;
  readonly random: () => number;
  readonly now: () => number;
  readonly ledger: ModelLedger;
  /** The run that a call belongs to. */
  readonly runOf: (tool_call_id: string) => string;
}

const parameters = z.object({ lines: z.number(), note: z.string() });

/** One tool that prints, one that asks, one that a person has to allow. */
export function simTools({ after, random, now, ledger, runOf }: Working): Tool[] {
  const begin = (tool_call_id: string): void =>
    ledger.toolBegun({ run_id: runOf(tool_call_id), tool_call_id, at: now() });
  return [
    defineTool({
      name: "print",
      description: "Prints lines.",
      parameters,
      async execute({ lines, note }, { tool_call_id, signal, output }) {
        begin(tool_call_id);
        for (let line = 1; line <= lines; line++) {
          await pause(after, 60 * random(), signal);
          output(`⟦${line}⟧ ${note}\n`);
        }
        if (random() < 0.1) throw new Error("The printer is out of paper.");
        return { content: `${lines} lines of ${note}` };
      },
    }),
    defineTool({
      name: "ask",
      description: "Asks a person.",
      parameters,
      only_asks: true,
      async execute({ note }, { ask }) {
        const { answer } = await ask({ kind: "question", content: note, options: [] });
        return { content: answer };
      },
    }),
    defineTool({
      name: "write",
      description: "Writes where a person allows it.",
      parameters,
      permission: "ask",
      async execute({ note }, { tool_call_id, signal }) {
        begin(tool_call_id);
        await pause(after, 200 * random(), signal);
        return { content: `written: ${note}` };
      },
    }),
  ];
}
