import { residentBytes } from "../processes/usage.ts";
import type { Subject } from "../servers/subjects.ts";
import { atMost, type Bench, mapEach, ofEach, type Row, withSubject } from "./measure.ts";

/** Opened before the count begins: what is made once is made by then. */
const FIRST = 200;

/** What a socket costs on which nothing happens. */
export async function idle(bench: Bench): Promise<readonly Row[]> {
  const count = bench.quick ? 500 : 5_000;
  const of = await ofEach((name) => withSubject(name, bench, (subject) => resident(subject, bench, count)));
  const values = mapEach(of, ({ each }) => each);
  const whole = mapEach(of, ({ mebibytes }) => mebibytes);
  return [
    {
      what: `RSS per idle connection, ${count} connections`,
      unit: "KiB",
      values,
      ratios: true,
      goal: atMost(15, "KiB", values.millrace),
    },
    {
      what: `RSS with ${count} idle connections`,
      unit: "MiB",
      values: whole,
      goal: atMost(250, "MiB", whole.millrace),
    },
  ];
}

async function resident(
  subject: Subject,
  { viewers, say }: Bench,
  count: number,
): Promise<{ each: number; mebibytes: number }> {
  const bytesWith = async (more: number): Promise<number> => {
    await viewers.call("open", { url: subject.url, dialect: subject.name, count: more });
    await subject.probe.call("collect", undefined);
    return residentBytes(subject.pid);
  };
  const first = await bytesWith(FIRST);
  const last = await bytesWith(count - FIRST);
  const each = (last - first) / (count - FIRST) / 1_024;
  say(`idle ${subject.name}: ${each.toFixed(1)} KiB per connection`);
  return { each, mebibytes: last / 1_024 ** 2 };
}
