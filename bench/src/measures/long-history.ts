import { cpuTime } from "../processes/usage.ts";
import { startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, onlyMillrace, type Row } from "./measure.ts";

const TOKENS = 40;
const TURNS = 20;

/** What a turn costs behind a long conversation, which is folded, sent to the model and counted. The others keep none. */
export async function longHistory(bench: Bench): Promise<readonly Row[]> {
  const { viewers, quick, say } = bench;
  const messages = quick ? 100 : 500;
  const { url, pid, stop } = await startSubject("millrace", bench);
  try {
    const turns = async (count: number): Promise<number> => {
      const before = cpuTime(pid);
      await viewers.call("turns", { url, prompt: { tokens: TOKENS }, count });
      return (cpuTime(pid) - before) / count / 1_000;
    };
    // Each turn is a message and an answer; those that are measured lie around the number.
    await turns(messages / 2 - TURNS / 2);
    const cpu = await turns(TURNS);
    say(`history: ${cpu.toFixed(1)} ms a turn on ${messages} messages`);
    return [
      {
        what: `CPU of a turn of ${TOKENS} tokens on ${messages} messages`,
        unit: "ms",
        values: onlyMillrace(cpu),
        goal: atMost(5, "ms", cpu),
      },
    ];
  } finally {
    await viewers.call("closeHistory", undefined);
    await stop();
  }
}
