import { describe, expect, it, vi } from "vitest";
import type { AskedQuestion, FlowAnswer, FlowOptions, FlowSuspension, StepData } from "./index.ts";
import { FlowError, TriggerFlow } from "./index.ts";
import { read, settled } from "./testing/read.ts";

interface Types {
  Events: { Next: string; Side: null };
  Stream: string;
  State: { log: string[] };
}

const said = (answer: string): FlowAnswer => ({ answer, comment: null, by: "ada" });

const note = ({ state }: Pick<StepData<unknown, Types>, "state">, entry: string): void =>
  state.set("log", [...(state.get("log") ?? []), entry]);

/** A process that runs a flow and may die: `asked` waits for ever where `answers` has nothing. */
function life<Input, Output>(
  flow: TriggerFlow<Input, Output, Types>,
  input: Input,
  { answers = {}, ...options }: FlowOptions<Types> = {},
) {
  const asked: AskedQuestion[] = [];
  const suspensions: FlowSuspension[] = [];
  const stream = flow.getRuntimeStream(input, {
    ...options,
    answers,
    interact: (question) => {
      asked.push(question);
      return new Promise(() => {});
    },
    onSuspend: (suspension) => void suspensions.push(JSON.parse(JSON.stringify(suspension))),
  });
  const items: string[] = [];
  const ended = (async () => {
    for await (const item of stream) items.push(item);
    return stream.result();
  })();
  ended.catch(() => {});
  return { asked, suspensions, items, ended, die: () => stream.return() };
}

/** Asks twice in one step, in the second turn of a loop. */
function interview(): TriggerFlow<string, string, Types> {
  const flow = new TriggerFlow<string, string, Types>();
  flow.to(async (data) => {
    await data.putIntoStream(`hello ${data.input}`);
    note(data, "start");
    await data.emit("Next", "ask");
  });
  flow
    .when("Next")
    .to(async function askTwice(data) {
      note(data, data.value);
      await data.putIntoStream("name?");
      const name = await data.interact({ content: "Your name?" });
      note(data, name.answer);
      await data.putIntoStream("age?");
      const age = await data.interact({ content: "Your age?", interaction_kind: "confirm", options: ["1", "2"] });
      return `${name.answer} ${age.answer}`;
    })
    .to(async (data) => {
      await data.putIntoStream(`bye ${data.value}`);
      return `${data.value}: ${data.state.get("log")?.join()}`;
    })
    .end();
  return flow;
}

describe("interact", () => {
  it("asks through the port, complete, and gives its answer", async () => {
    const port = vi.fn(async ({ content }: AskedQuestion, _signal: AbortSignal) => said(content.toUpperCase()));
    expect(await interview().start("x", { interact: port })).toBe("YOUR NAME? YOUR AGE?: start,ask,YOUR NAME?");
    expect(port.mock.calls.map(([question]) => question)).toEqual([
      { request_id: "2.1", interaction_kind: "question", content: "Your name?", options: [] },
      { request_id: "2.2", interaction_kind: "confirm", content: "Your age?", options: ["1", "2"] },
    ]);
  });

  it("rejects with nobody_to_ask without a port, and with what the port rejects", async () => {
    await expect(interview().start("x")).rejects.toMatchObject({ code: "nobody_to_ask" });
    const interact = () => Promise.reject(new Error("expired"));
    await expect(interview().start("x", { interact })).rejects.toThrow("expired");
  });

  it("waits until the reader has handled what was put before", async () => {
    const interact = vi.fn(async () => said("a"));
    const stream = interview().getRuntimeStream("x", { interact });
    await stream.next();
    await stream.next();
    await settled();
    expect(interact).not.toHaveBeenCalled();
    await stream.next();
    expect(interact).toHaveBeenCalledOnce();
    await stream.return();
  });

  it("is given up when the step is aborted, also where the port does not heed its signal", async () => {
    const abort = new AbortController();
    const signals: AbortSignal[] = [];
    const interact = (_: AskedQuestion, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<FlowAnswer>(() => {});
    };
    const ended = interview().start("x", { interact, signal: abort.signal });
    await settled();
    abort.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
    expect(signals.map((signal) => signal.reason)).toEqual([new Error("enough")]);
  });

  it("in a sub-flow asks through the outer flow, and is taken back when the sub-flow stops", async () => {
    const stopping = new TriggerFlow<string, string, Types>();
    stopping.to((data) => data.interact({ content: "ever?" }));
    stopping
      .to(async (data) => {
        const { answer } = await data.interact({ content: "now?" });
        data.stopStream();
        return answer;
      })
      .end();
    const outer = new TriggerFlow<string, string, Types>();
    outer.to(stopping).end();
    const signals = new Map<string, AbortSignal>();
    const interact = async ({ request_id, content }: AskedQuestion, signal: AbortSignal) => {
      signals.set(`${request_id} ${content}`, signal);
      return content === "now?" ? said("yes") : new Promise<FlowAnswer>(() => {});
    };
    expect(await outer.start("x", { interact })).toBe("yes");
    expect([...signals].map(([asked, { aborted }]) => [asked, aborted])).toEqual([
      ["1.1 ever?", true],
      ["1.2 now?", false],
    ]);
  });

  it("numbers the questions of forEach by element", async () => {
    const flow = new TriggerFlow<readonly string[], string[], Types>();
    const ask = async (data: StepData<string, Types>): Promise<string> => {
      await data.interact({ content: data.value });
      return (await data.interact({ content: data.value })).answer;
    };
    flow.forEach(ask).end();
    const interact = async ({ request_id }: AskedQuestion) => said(request_id);
    expect(await flow.start(["a", "b"], { interact })).toEqual(["1.0.2", "1.1.2"]);
  });
});

describe("an execution whose process died at a question (F36)", () => {
  it("goes on at that question, in a process that has only the suspension and the answers", async () => {
    const first = life(interview(), "x");
    await settled();
    expect(first.suspensions).toEqual([
      {
        v: 1,
        request_id: "2.1",
        step: "when Next/0:askTwice",
        run: 2,
        value: "ask",
        state: { log: ["start"] },
        puts: 1,
      },
    ]);
    await first.die();

    const second = life(interview(), "x", { resume: first.suspensions[0], answers: { "2.1": said("Ada") } });
    await settled();
    expect(second.items).toEqual(["age?"]);
    expect(second.asked.map(({ request_id }) => request_id)).toEqual(["2.2"]);
    expect(second.suspensions).toEqual([{ ...first.suspensions[0], request_id: "2.2", puts: 2 }]);
    await second.die();

    const answers = { "2.1": said("Ada"), "2.2": said("36") };
    const third = life(interview(), "x", { resume: second.suspensions[0], answers });
    expect(await third.ended).toBe("Ada 36: start,ask,Ada");
    expect(third.items).toEqual(["bye Ada 36"]);
    expect(first.items.concat(second.items, third.items)).toEqual(["hello x", "name?", "age?", "bye Ada 36"]);
  });

  it("goes on from a suspension that a version before kept, which named the event too", async () => {
    const kept = {
      v: 1 as const,
      request_id: "2.1",
      event: "Next",
      step: "when Next/0:askTwice",
      run: 2,
      value: "ask",
      state: { log: ["start"] },
      puts: 1,
    };
    const answers = { "2.1": said("Ada"), "2.2": said("36") };
    const taken = life(interview(), "x", { resume: kept, answers });
    expect(await taken.ended).toBe("Ada 36: start,ask,Ada");
    expect([taken.items, taken.asked]).toEqual([["age?", "bye Ada 36"], []]);
  });

  it("asks again, the same, while there is no answer", async () => {
    const first = life(interview(), "x");
    await settled();
    await first.die();
    const second = life(interview(), "x", { resume: first.suspensions[0] });
    await settled();
    expect(second.asked).toEqual(first.asked);
    expect(second.suspensions).toEqual(first.suspensions);
    expect(second.items).toEqual([]);
    await second.die();
  });

  it("is not hindered by the step that emitted the event and has not quite returned", async () => {
    const flow = new TriggerFlow<string, string, Types>();
    flow.to(async (data) => {
      await data.emit("Next", "ask");
      for (let turns = 0; turns < 50; turns++) await null;
    });
    flow.when("Next").to((data) => data.interact({ content: "?" }));
    const first = life(flow, "x");
    await settled();
    await settled();
    expect(first.suspensions).toMatchObject([{ step: "when Next/0:flow", value: "ask" }]);
    await first.die();
  });

  it("keeps a result that had reached end()", async () => {
    const make = (): TriggerFlow<string, string, Types> => {
      const flow = new TriggerFlow<string, string, Types>();
      const asking = flow.to((data) => data.value);
      asking.end();
      asking.to((data) => data.emit("Side", null));
      flow.when("Side").to((data) => data.interact({ content: "?" }));
      return flow;
    };
    const first = life(make(), "x");
    await settled();
    await settled();
    expect(first.suspensions).toMatchObject([{ result: { value: "x" } }]);
    await first.die();
    const answers = { [first.asked[0]?.request_id ?? ""]: said("ok") };
    expect(await life(make(), "x", { resume: first.suspensions[0], answers }).ended).toBe("x");
  });

  const hindered: Record<string, (flow: TriggerFlow<string, string, Types>) => void> = {
    "another step runs beside the one that asks": (flow) => {
      flow.to((data) => data.interact({ content: "?" }));
      flow.to(({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())));
    },
    "another step began before it and has not ended": (flow) => {
      flow.to(({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())));
      flow.to((data) => data.interact({ content: "?" }));
    },
    "another step ran since it began": (flow) => {
      flow.to(async (data) => {
        await settled();
        await data.interact({ content: "?" });
      });
      flow.to((data) => note(data, "beside"));
    },
    "events wait": (flow) => {
      flow.to(async (data) => {
        void data.emit("Side", null);
        void data.emit("Side", null);
        await data.interact({ content: "?" });
      });
      flow.when("Side").to(() => settled());
    },
    "a joint holds a value": (flow) => {
      flow.to((data) => data.emit("Side", null));
      flow.when({ all: ["Side", "Next"] }).to(() => {});
      flow.when("Side").to((data) => data.interact({ content: "?" }));
    },
    "a value is not JSON": (flow) => {
      flow.to(() => new Map([[1, 2]])).to((data) => data.interact({ content: "?" }));
    },
    "a value refers to itself": (flow) => {
      flow
        .to(() => {
          const self: unknown[] = [];
          self.push(self);
          return self;
        })
        .to((data) => data.interact({ content: "?" }));
    },
    "the stream was stopped": (flow) => {
      flow.to((data) => {
        data.stopStream();
        return data.interact({ content: "?" });
      });
    },
  };

  it.each(Object.keys(hindered))("ends with interrupted where %s", async (why) => {
    const make = (): TriggerFlow<string, string, Types> => {
      const flow = new TriggerFlow<string, string, Types>();
      hindered[why]?.(flow);
      return flow;
    };
    const first = life(make(), "x", { limits: { steps: why === "events wait" ? 1 : 2 } });
    await settled();
    await settled();
    expect(first.suspensions).toEqual(
      [{ v: 1, request_id: "1.1", interrupted: expect.any(String) }].map((suspension) => ({
        ...suspension,
        request_id: first.asked[0]?.request_id,
      })),
    );
    await first.die();
    const second = life(make(), "x", { resume: first.suspensions[0] });
    await expect(second.ended).rejects.toMatchObject({ name: "FlowError", code: "interrupted" });
    expect(second.asked).toEqual([]);
  });

  it("ends with interrupted where the definition has no such step any more", async () => {
    const first = life(interview(), "x");
    await settled();
    await first.die();
    const other = new TriggerFlow<string, string, Types>();
    other.when("Next").to(function askThrice() {});
    await expect(life(other, "x", { resume: first.suspensions[0] }).ended).rejects.toBeInstanceOf(FlowError);
  });

  it("asks nobody before the suspension is kept, and ends where it cannot be", async () => {
    const kept = Promise.withResolvers<void>();
    const interact = vi.fn(async () => said("a"));
    const ended = interview().start("x", { interact, onSuspend: () => kept.promise });
    await settled();
    expect(interact).not.toHaveBeenCalled();
    kept.reject(new Error("disk full"));
    await expect(ended).rejects.toThrow("disk full");
    expect(interact).not.toHaveBeenCalled();
  });

  it("takes no answer from an object's prototype (T32)", async () => {
    const interact = vi.fn(async () => said("asked"));
    const answers = Object.create({ "2.1": said("inherited") });
    expect(await interview().start("x", { interact, answers })).toMatch(/^asked asked/u);
    expect(await read(interview().getRuntimeStream("x", { interact }))).toMatchObject({ error: null });
  });
});
