import { SUBJECTS, startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, mapEach, median, ofEach, type Row } from "./measure.ts";

const TOKENS = 8;
const WARM_UP = 30;

/** Time to the first token where nothing else runs: one request after the other, the servers in turns. */
export async function firstToken(bench: Bench): Promise<readonly Row[]> {
  const { quick, viewers, say } = bench;
  const rounds = quick ? 4 : 10;
  const subjects = await ofEach((name) => startSubject(name, bench));
  const times = await ofEach(async () => [] as number[]);
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of SUBJECTS) {
        await viewers.call("open", { url: subjects[name].url, dialect: name, count: 1 });
        const asked = { dialect: name, prompt: { tokens: TOKENS }, count: WARM_UP };
        const taken = await viewers.call("firstTokens", asked);
        await viewers.call("close", undefined);
        if (round > 0) times[name].push(...taken);
      }
    }
  } finally {
    await viewers.call("close", undefined);
    for (const name of SUBJECTS) await subjects[name].stop();
  }
  const values = mapEach(times, median);
  const added = mapEach(values, (value) => value - values.relay);
  say(`first-token: ${SUBJECTS.map((name) => `${name} ${values[name].toFixed(2)} ms`).join(", ")}`);
  return [
    { what: "time to first token, p50", unit: "ms", values },
    {
      what: "time to first token added to the relay's, p50",
      unit: "ms",
      values: added,
      goal: atMost(1, "ms", added.millrace),
    },
  ];
}
