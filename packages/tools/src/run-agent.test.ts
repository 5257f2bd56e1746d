import type { Delegated, DelegatedTask } from "@millrace/agent";
import { expect, it } from "vitest";
import { runAgent } from "./run-agent.ts";
import { use } from "./testing/workspace-fixture.ts";

const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7 };

async function delegated(args: object, answer: Partial<Delegated>) {
  const tasks: DelegatedTask[] = [];
  const delegate = async (task: DelegatedTask): Promise<Delegated> => {
    tasks.push(task);
    return { ok: true, content: "found it", usage, steps: 3, ...answer };
  };
  return { tasks, output: await use(runAgent(), args, { delegate }) };
}

it("hands the task over, and gives the answer with what it cost", async () => {
  const { tasks, output } = await delegated({ task: "look", agent: "scout" }, {});
  expect(tasks).toEqual([{ task: "look", agent: "scout" }]);
  expect(output).toEqual({ content: "found it\n\n[3 steps.]", usage, steps: 3 });
});

it("says that a sub-agent failed, and what it cost all the same", async () => {
  const { tasks, output } = await delegated({ task: "look" }, { ok: false, content: "no model", steps: 1 });
  expect(tasks[0]?.agent).toBeUndefined();
  expect(output).toEqual({ content: "The sub-agent failed: no model\n\n[1 step.]", usage, steps: 1 });
});

it("does not take silence for an answer", async () => {
  expect((await delegated({ task: "look" }, { content: "" })).output.content).toContain("answered nothing");
});
