import { describe, expect, it } from "vitest";
import { rehearse } from "../rehearsal.ts";
import { demoResponder } from "./demo.ts";
import { numbersMessage, numbersText } from "./numbers.ts";

const CONTEXT = { index: 0, attempt: 1, signal: new AbortController().signal };
const asked = { role: "user", content: numbersMessage(25, "a note") } as const;
const called = {
  role: "assistant",
  content: "",
  tool_calls: [{ id: "c", type: "function", function: { name: "current_time", arguments: "{}" } }],
} as const;

async function answer(messages: object[], tools: string[]): Promise<{ content: unknown; tool_calls?: unknown[] }> {
  const request = {
    model: "millrace-demo",
    messages,
    tools: tools.map((name) => ({ type: "function", function: { name } })),
  } as never;
  const written = await rehearse(await demoResponder({ pace: 0 })(request, CONTEXT), { request });
  const { choices } = written.completion.body as { choices: [{ message: { content: unknown } }] };
  return choices[0].message;
}

describe("numbered text on demand", () => {
  it("is exactly what was announced, with characters outside the BMP", async () => {
    expect((await answer([asked], [])).content).toBe(numbersText(25));
    expect(numbersText(11)).toMatch(/^⟦000001⟧.*⟦000010⟧🌊⟦000011⟧$/u);
  });

  it("comes after a call of the clock where there is one", async () => {
    expect((await answer([asked], ["current_time"])).tool_calls).toHaveLength(1);
    const result = { role: "tool", tool_call_id: "c", content: "noon" };
    expect((await answer([asked, called, result], ["current_time"])).content).toBe(numbersText(25));
  });
});
