import { type Ended, LINE_END, type Reply, type Request } from "./messages.ts";
import { loadTokenizer, type State } from "./tokenizer.ts";

/** Where each job's lines have led to. One job's requests come one after the other. */
const states = new Map<number, State>();

self.onmessage = ({ data }: MessageEvent<Request | Ended>) => {
  if ("ended" in data) states.delete(data.job);
  else answer(data).then(postMessage, () => postMessage({ job: data.job, inks: null } satisfies Reply));
};

async function answer({ job, grammar, lines, last }: Request): Promise<Reply> {
  const tokenizer = await loadTokenizer(grammar);
  const before = states.get(job);
  const done = lines.length === 0 ? { spans: [], state: before } : tokenizer.colour(lines, before);
  states.set(job, done.state);
  const [spans] = last === "" ? [] : tokenizer.colour([last], done.state).spans;
  return { job, inks: { lines: done.spans.map((line) => line + LINE_END).join(""), last: spans ?? "" } };
}
