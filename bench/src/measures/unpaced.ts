import { cpuTime } from "../processes/usage.ts";
import { SUBJECTS, type Subject, startSubject } from "../servers/subjects.ts";
import { assertDelivered, type Bench, mapEach, median, ofEach, type Row } from "./measure.ts";

const STREAMS = 32;
const WARM_UP_ROUNDS = 3;

/** CPU per delivered token where the model is faster than the server. Rounds of the servers alternate. */
export async function unpaced(bench: Bench): Promise<readonly Row[]> {
  const { quick, viewers } = bench;
  const tokens = quick ? 1_000 : 2_000;
  const rounds = quick ? 3 : 7;
  const subjects = await ofEach((name) => startSubject(name, bench));
  const rates = await ofEach(async () => [] as number[]);
  try {
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      for (const name of SUBJECTS) {
        const rate = await oneRound(subjects[name], bench, tokens);
        if (round >= 0) rates[name].push(rate);
      }
    }
  } finally {
    await viewers.call("close", undefined);
    for (const name of SUBJECTS) await subjects[name].stop();
  }
  const values = mapEach(rates, median);
  return [
    {
      what: `CPU per token, ${STREAMS} unpaced streams × ${tokens} tokens`,
      unit: "µs",
      values,
      ratios: true,
      goal: {
        text: "≤ 0.6 × relay and 0.3 × naive",
        met: values.millrace <= 0.6 * values.relay && values.millrace <= 0.3 * values.naive,
      },
    },
  ];
}

async function oneRound({ name, url, pid }: Subject, { viewers, say }: Bench, tokens: number): Promise<number> {
  await viewers.call("open", { url, dialect: name, count: STREAMS });
  const before = cpuTime(pid);
  await viewers.call("begin", { dialect: name, prompt: { tokens }, ramp_ms: 0 });
  const watched = await viewers.call("end", undefined);
  const rate = (cpuTime(pid) - before) / watched.tokens;
  await viewers.call("close", undefined);
  assertDelivered(name, watched.problems);
  say(`unpaced ${name}: ${rate.toFixed(2)} µs per token`);
  return rate;
}
