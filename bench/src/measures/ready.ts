import { SUBJECTS, startSubject } from "../servers/subjects.ts";
import { atMost, type Bench, mapEach, median, ofEach, type Row } from "./measure.ts";

/** From the start of the process to the line that says it listens, with an empty data folder. */
export async function ready({ model_url, quick, say }: Bench): Promise<readonly Row[]> {
  const times = await ofEach(async () => [] as number[]);
  for (let start = 0; start < (quick ? 3 : 7); start += 1) {
    for (const name of SUBJECTS) {
      const subject = await startSubject(name, { model_url, bare: true });
      times[name].push(subject.ready_ms);
      await subject.stop();
    }
  }
  const values = mapEach(times, median);
  say(`ready: ${SUBJECTS.map((name) => `${name} ${values[name].toFixed(0)} ms`).join(", ")}`);
  return [{ what: "ready after start", unit: "ms", values, goal: atMost(400, "ms", values.millrace) }];
}
