import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type StepData, TriggerFlow } from "@millrace/flow";
import { type Config, NO_CONFIG } from "../src/config/schema.ts";
import { agents } from "./flow-fixture.ts";

type Types = { Stream: string; State: { seen: string[] } };
type Data<Value> = StepData<Value, Types>;

/** Each thing that is done, once, in the data folder. */
const mark = (what: string): void => appendFileSync(join(process.env.MILLRACE_DATA_DIR ?? "", "marks"), what);

/** Does something, asks, does something more; then, as it is told, ends, asks once more, or works until it is killed. */
const careful = new TriggerFlow<string, void, Types>();
careful
  .to(async function first({ value, state, putIntoStream }: Data<string>) {
    mark("1");
    state.set("seen", [value]);
    await putIntoStream("First. ");
    return { topic: value };
  })
  .to(async function ask({ value, interact, putIntoStream }: Data<{ topic: string }>) {
    await putIntoStream(`About ${value.topic}: `);
    const { answer } = await interact({ content: "Go on?", options: ["end", "again", "work", "silent"] });
    if (answer === "silent") {
      mark("s");
      await new Promise(() => setInterval(() => {}, 1_000));
    }
    mark("2");
    await putIntoStream(`${answer}. `);
    if (answer === "again") return (await interact({ content: "Sure?" })).answer;
    return answer;
  })
  .to(async function last({ value, state, putIntoStream }: Data<string>) {
    if (value === "work") await new Promise(() => setInterval(() => {}, 1_000));
    await putIntoStream(`Last: ${value}, ${state.get("seen")?.join()}.`);
    mark("3");
  });

/** Its state is more than what is kept with a question. */
const heavy = new TriggerFlow<string, void, { Stream: string; State: { much: string } }>();
heavy.to(({ state }) => state.set("much", "x".repeat(40_000))).to(({ interact }) => interact({ content: "Well?" }));

const config: Config = {
  ...NO_CONFIG,
  agents: { ...(agents as Config["agents"]), careful: { flow: careful }, heavy: { flow: heavy } },
};
export default config;
