import { type StepData, TriggerFlow } from "@millrace/flow";
import { type Config, NO_CONFIG } from "../src/config/schema.ts";
import type { MillraceConfig } from "../src/index.ts";

interface Types {
  Events: { Turn: number };
  Stream: unknown;
  State: { notes: string[] };
}
type Data<Value> = StepData<Value, Types>;

const flow = (): TriggerFlow<string, unknown, Types> => new TriggerFlow<string, unknown, Types>();

/** Words, numbers and objects as the message tells: a JSON array, each element put into the stream. */
const says = flow();
says.to(async function say({ value, putIntoStream }: Data<string>) {
  for (const item of JSON.parse(value) as unknown[]) await putIntoStream(item);
});

/** Its result is the message's text, read as JSON. */
const gives = flow();
gives.to(({ value }) => JSON.parse(value) as unknown).end();

const bad = flow();
bad.to(async function put({ value, putIntoStream }: Data<string>) {
  await putIntoStream("before");
  await putIntoStream(value === "large" ? "x".repeat(40_000).split("") : new Map([[1, value]]));
});

const throws = flow();
throws.to(function fails() {
  throw new Error("The oven is cold.");
});

/** Asks twice, in two steps, and notes in its state what was done. */
const asks = flow();
asks
  .to(async function begin({ value, state, putIntoStream }: Data<string>) {
    state.set("notes", [value]);
    await putIntoStream("Hello. ");
    return value;
  })
  .to(async function name({ interact, state, putIntoStream }: Data<string>) {
    await putIntoStream("A question: ");
    const { answer } = await interact({ content: "Your name?" });
    state.set("notes", [...(state.get("notes") ?? []), answer]);
    return answer;
  })
  .to(async function sure({ value, interact, state, putIntoStream }: Data<string>) {
    const { answer, comment } = await interact({ content: "Sure?", interaction_kind: "confirm" });
    await putIntoStream(`${value} said ${answer}${comment ?? ""}; ${state.get("notes")?.join()}.`);
  });

/** A question beside a step that works: it cannot be taken up. */
const beside = flow();
beside.to(({ interact }) => interact({ content: "Beside?" }));
beside.to(({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())));

/** Takes no notice of its signal. */
const deaf = flow();
deaf.to(async function ignore({ putIntoStream }: Data<string>) {
  await putIntoStream("deaf");
  await new Promise(() => {});
});

/** Works until it is stopped, and tells so. */
const works = flow();
works.to(async function work({ signal, putIntoStream }: Data<string>) {
  await putIntoStream("working");
  await new Promise<void>((_, reject) => {
    const timer = setInterval(() => {}, 1_000);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      stopped.push("works");
      reject(signal.reason);
    });
  });
});

/** Hands the message's lines to agents, all at once. A line may name an agent: `scout: look`. */
const hands = flow();
hands
  .to(({ value }) => value.split("\n"))
  .forEach(async function hand({ value, agent }: Data<string>) {
    const named = /^(\w+): (.*)$/.exec(value);
    return named === null ? agent({ task: value }) : agent({ task: named[2] ?? "", agent: named[1] });
  })
  .to(async function tell({ value, putIntoStream }: Data<string[]>) {
    await putIntoStream(value.join(" | "));
  });

/** Waits for an agent in one branch while another stops the stream. */
const stops = flow();
stops.to(({ value, agent }) => agent({ task: value }));
stops.to(async function stop(data: Data<string>) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  data.stopStream();
});

/** Turns for ever, more often than steps are told. */
const turns = flow();
turns.to(async ({ emit }) => emit("Turn", 1));
turns.when("Turn").to(async function turn({ value, emit, stopStream, putIntoStream }: Data<number>) {
  if (value < 1_000) return emit("Turn", value + 1);
  await putIntoStream(`turned ${value} times`);
  stopStream();
});

/** What flows of this process noticed of their end. */
export const stopped: string[] = [];

export const FLOWS = { says, gives, bad, throws, asks, beside, deaf, works, hands, stops, turns };

export const agents: NonNullable<MillraceConfig["agents"]> = {
  scout: { system: "You are a scout." },
  ...Object.fromEntries(Object.entries(FLOWS).map(([name, one]) => [name, { flow: one, description: `It ${name}.` }])),
};

/** A configuration of these, with its defaults. */
export function flowConfig(changes: Partial<Config> = {}): Config {
  return { ...NO_CONFIG, agents: agents as Config["agents"], ...changes };
}
