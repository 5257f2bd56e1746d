import { describe, expect, it } from "vitest";
import { planOf } from "./plan.ts";

const planned = { seed: 5, messages: 10, duration_s: 10, demo: true };
const shape = (plan: ReturnType<typeof planOf>) => plan.map((list) => list.map(({ content, stop }) => [content, stop]));

describe("what is said in which session", () => {
  it("is the same for the same seed, but for the ids", () => {
    expect(shape(planOf(planned, "n"))).toEqual(shape(planOf(planned, "n")));
    expect(shape(planOf(planned, "n"))).not.toEqual(shape(planOf({ ...planned, seed: 6 }, "n")));
  });

  it("goes to at most four sessions, and each message is another one", () => {
    const plan = planOf(planned, "n");
    expect(plan.map((list) => list.length)).toEqual([3, 3, 2, 2]);
    expect(new Set(plan.flat().map(({ content }) => content)).size).toBe(10);
    expect(planOf({ ...planned, messages: 1 }, "n")).toHaveLength(1);
  });

  it("STOP-5: stops one run of each session, never the last", () => {
    for (const list of planOf(planned, "n")) {
      expect(list.filter(({ stop }) => stop)).toHaveLength(1);
      expect(list.at(-1)?.stop).toBe(false);
    }
    expect(
      planOf({ ...planned, messages: 3 }, "n")
        .flat()
        .some(({ stop }) => stop),
    ).toBe(false);
  });

  it("ends one session with a question, and another through the run's stream; the model has to be the demo for the first", () => {
    const ways = (plan: ReturnType<typeof planOf>) => plan.map((list) => list.map(({ way }) => way));
    expect(ways(planOf(planned, "n"))).toEqual([
      ["send", "send", "question"],
      ["send", "send", "run_stream"],
      ["send", "send"],
      ["send", "send"],
    ]);
    expect(ways(planOf({ ...planned, demo: false }, "n"))[0]).toEqual(["send", "send", "send"]);
    expect(
      ways(planOf({ ...planned, messages: 4 }, "n"))
        .flat()
        .every((way) => way === "send"),
    ).toBe(true);
    const [asked] = planOf(planned, "n")[0]?.slice(-1) ?? [];
    expect(asked).toMatchObject({
      content: expect.stringMatching(/^Ask me a question\. \(millrace verify n/u),
      answer: null,
    });
  });

  it("asks little of a model that may cost something", () => {
    const plan = planOf({ ...planned, demo: false, duration_s: 3_600 }, "n");
    expect(plan.flat().every(({ content }) => content.includes("from 1 to 40 as"))).toBe(true);
  });
});
