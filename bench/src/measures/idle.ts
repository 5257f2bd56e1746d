import { residentBytes } from "../processes/usage.ts";
import type { Subject } from "../servers/subjects.ts";
import { type Bench, ofEach, type Row, withSubject } from "./measure.ts";

/** Opened before the count begins: what is made once is made by then. */
const FIRST = 200;

/** What a socket costs on which nothing happens. */
export async function idle(bench: Bench): Promise<readonly Row[]> {
  const count = bench.quick ? 500 : 5_000;
  const values = await ofEach((name) => withSubject(name, bench, (subject) => slope(subject, bench, count)));
  return [
    {
      what: `RSS per idle connection, ${count} connections`,
      unit: "KiB",
      values,
      ratios: true,
      goal: { text: "< 25 KiB", met: values.millrace < 25 },
    },
  ];
}

async function slope(subject: Subject, { viewers, say }: Bench, count: number): Promise<number> {
  const resident = async (more: number): Promise<number> => {
    await viewers.call("open", { url: subject.url, dialect: subject.name, count: more });
    await subject.probe.call("collect", undefined);
    return residentBytes(subject.pid);
  };
  const first = await resident(FIRST);
  const value = ((await resident(count)) - first) / count / 1_024;
  say(`idle ${subject.name}: ${value.toFixed(1)} KiB per connection`);
  return value;
}
