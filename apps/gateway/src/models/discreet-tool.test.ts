import { defineTool, type Tool, type ToolContext } from "@millrace/agent";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { discreetTools } from "./discreet-tool.ts";

const SECRET = "canary-4f1d0c8e";
const discreet = discreetTools({ values: [SECRET] });

const tool = (execute: Tool["execute"]): Tool =>
  defineTool({ name: "tell", description: `Knows ${SECRET}`, parameters: z.object({}), execute }) as Tool;

async function run(execute: Tool["execute"]): Promise<{ output: string[]; ended: unknown }> {
  const output: string[] = [];
  const context = { output: (text: string) => void output.push(text), tool_call_id: "c" } as unknown as ToolContext;
  const ended = await discreet(tool(execute))
    .execute({}, context)
    .catch((error: unknown) => error);
  return { output, ended };
}

describe("discreetTools", () => {
  it("T21 T24: what a tool shows and answers is without the gateway's secrets, and otherwise word for word", async () => {
    const key = `sk-${"a1B2".repeat(8)}`;
    const { output, ended } = await run(async (_args, { output: show }) => {
      for (const character of `env: ${SECRET}; ${key} can`) show(character);
      return { content: `${SECRET} and ${key}`, truncated: true };
    });
    expect(output.join("")).toBe(`env: [redacted]; ${key} can`);
    expect(ended).toEqual({ content: `[redacted] and ${key}`, truncated: true });
  });

  it("T24: what it fails with too, as the same error", async () => {
    class Refused extends Error {}
    const { ended } = await run(async () => {
      throw new Refused(`no entry with ${SECRET}`);
    });
    expect(ended).toBeInstanceOf(Refused);
    expect((ended as Error).message).toBe("no entry with [redacted]");
  });

  it("a tool of a class of its own keeps what that gives it", async () => {
    class Own {
      readonly #word = SECRET;
      readonly parameters = z.object({});
      get name(): string {
        return "own";
      }
      get description(): string {
        return "Own.";
      }
      async execute(): Promise<{ content: string }> {
        return { content: `It is ${this.#word}.` };
      }
    }
    const own = discreet(new Own());
    expect([own.name, own.description]).toEqual(["own", "Own."]);
    expect(await own.execute({}, {} as ToolContext)).toEqual({ content: "It is [redacted]." });
  });

  it("T24: what became a secret after the tool was made goes too", async () => {
    const secrets = { values: [SECRET] as readonly string[] };
    const later = discreetTools(secrets)(
      tool(async (_args, { output }) => {
        output("canary-of-later");
        return { content: `${SECRET} canary-of-later` };
      }),
    );
    secrets.values = [SECRET, "canary-of-later"];
    const shown: string[] = [];
    const context = { output: (text: string) => void shown.push(text), tool_call_id: "c" } as unknown as ToolContext;
    expect(await later.execute({}, context)).toEqual({ content: "[redacted] [redacted]" });
    expect(shown.join("")).toBe("[redacted]");
  });

  it("is the same tool each time, without the secret in what it says of itself", () => {
    const told = tool(async () => ({ content: "" }));
    expect(discreet(told)).toBe(discreet(told));
    expect(discreet(told)).toMatchObject({ name: "tell", description: "Knows [redacted]" });
  });
});
