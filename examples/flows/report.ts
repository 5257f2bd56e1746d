import { type StepData, TriggerFlow } from "@millrace/flow";

interface Types {
  Stream: string | { researched: string; of: number };
}

interface Plan {
  readonly topic: string;
  readonly sides: readonly string[];
}

const SIDES = { short: ["what it is"], thorough: ["what it is", "what speaks for it", "what speaks against it"] };

/** Nothing was done yet: the flow can be taken up at this question after a restart. */
async function askHowFar({ value: topic, interact }: StepData<string, Types>): Promise<Plan> {
  const { answer } = await interact({ content: "How far shall I look?", options: Object.keys(SIDES) });
  return { topic, sides: SIDES[answer as keyof typeof SIDES] ?? [answer] };
}

/** The agents work side by side, four at most. */
async function research({ value, agent, putIntoStream }: StepData<Question, Types>): Promise<Finding> {
  const { topic, side, of } = value;
  const text = await agent({ task: `${topic}\n\nSay in two sentences ${side}.` });
  await putIntoStream({ researched: side, of });
  return { side, text };
}

interface Question {
  readonly topic: string;
  readonly side: string;
  readonly of: number;
}

interface Finding {
  readonly side: string;
  readonly text: string;
}

async function write({ value: findings, putIntoStream }: StepData<readonly Finding[], Types>): Promise<string> {
  for (const { side, text } of findings) await putIntoStream(`## ${capital(side)}\n\n${text}\n\n`);
  return "written";
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Asks how far to look, has agents look, and writes what they found. */
export const report: TriggerFlow<string, string, Types> = new TriggerFlow<string, string, Types>();
report
  .to(askHowFar)
  .to(function plan({ value: { topic, sides } }): Question[] {
    return sides.map((side) => ({ topic, side, of: sides.length }));
  })
  .forEach(research, { concurrency: 4 })
  .to(write)
  .end();
