import { describe, expect, it } from "vitest";
import { type FlowTask, TriggerFlow } from "./index.ts";
import { settled } from "./testing/read.ts";

interface Types {
  Stream: string;
}

const asking = (): TriggerFlow<string, string, Types> => {
  const flow = new TriggerFlow<string, string, Types>();
  flow.to(async ({ value, agent }) => `${await agent({ task: value, agent: "scout" })}!`).end();
  return flow;
};

describe("agent", () => {
  it("hands the task to the port, in a sub-flow too, and gives the answer", async () => {
    const tasks: FlowTask[] = [];
    const agent = async (task: FlowTask): Promise<string> => {
      tasks.push(task);
      return task.task.toUpperCase();
    };
    const outer = new TriggerFlow<string, string, Types>();
    outer.to(asking()).end();
    expect(await outer.start("look", { agent })).toBe("LOOK!");
    expect(tasks).toEqual([{ task: "look", agent: "scout" }]);
  });

  it("rejects with no_agents without a port, and with what the port rejects", async () => {
    await expect(asking().start("x")).rejects.toMatchObject({ name: "FlowError", code: "no_agents" });
    await expect(asking().start("x", { agent: () => Promise.reject(new Error("asleep")) })).rejects.toThrow("asleep");
  });

  it("begins when the reader has handled what was put before, and is given up when the step is aborted", async () => {
    const flow = new TriggerFlow<string, void, Types>();
    flow.to(async ({ value, putIntoStream, agent }) => {
      await putIntoStream("first");
      await agent({ task: value });
    });
    const signals: AbortSignal[] = [];
    const stream = flow.getRuntimeStream("x", {
      agent: (_, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await stream.next();
    await settled();
    expect(signals).toEqual([]);
    void stream.next();
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await stream.return();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe("mark", () => {
  const flow = (): TriggerFlow<string, void, Types> => {
    const made = new TriggerFlow<string, void, Types>();
    made
      .to(async function one({ value, putIntoStream }) {
        await putIntoStream("a");
        return [value, value];
      })
      .forEach(async function each({ putIntoStream }) {
        await putIntoStream("b");
      })
      .to(() => "x")
      .match()
      .case("y", function never() {})
      .otherwise(async function other({ interact }) {
        await interact({ content: "?" });
      });
    return made;
  };
  const items = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const item of stream) all.push(item);
    return all;
  };
  const mark = ({ name, run }: { name: string; run: number }): string | undefined =>
    name === "" ? undefined : `<${name} ${run}>`;
  const interact = async () => ({ answer: "yes", comment: null, by: "ada" });

  it("makes an item of each step that begins, in its place", async () => {
    const stream = flow().getRuntimeStream("x", { mark, interact });
    expect(await items(stream)).toEqual(["<one 1>", "a", "<each 2>", "b", "b", "<other 4>"]);
  });

  it("of a step that is taken up there was one before", async () => {
    const kept: object[] = [];
    const first = flow().getRuntimeStream("x", {
      mark,
      interact: () => new Promise(() => {}),
      onSuspend: (suspension) => void kept.push(suspension),
    });
    const read = items(first).catch(() => {});
    await settled();
    await settled();
    await first.return();
    await read;
    const resume = JSON.parse(JSON.stringify(kept[0]));
    expect(await items(flow().getRuntimeStream("x", { mark, interact, resume }))).toEqual([]);
  });
});
