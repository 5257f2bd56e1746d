/** The words that end every answer. */
export const LAST_WORDS = "That is the whole answer.";

const PARTS: readonly ((n: number) => string)[] = [
  (n) => `## Part ${n}: how the stream is kept\n`,
  (n) =>
    `The writer holds **one lease per session** and commits every \`16 ms\`; a viewer that comes back asks for what follows its cursor ${n}. ` +
    "See [the protocol](https://docs.example/protocol#cursor) for the details, and note that *nothing* is sent before it is stored.\n",
  () =>
    "- A commit holds every event of its time slice, in order.\n- Each event has a `seq`, without holes:\n  - the first is 1,\n  - the last is the **head**.\n- A reader that lags is cut off and reads on from the log.\n",
  (n) =>
    `\`\`\`typescript\nimport { open } from "./log.ts";\n\n/** Reads on from a cursor until the signal says stop. */\nexport async function* follow${n}(id: string, after = ${n}, signal?: AbortSignal): AsyncGenerator<Event> {\n  const log = await open(id);\n  let cursor = after;\n  while (signal?.aborted !== true) {\n    const events = await log.read(cursor, { limit: 500 });\n    for (const event of events) {\n      if (event.seq !== cursor + 1) throw new Error(\`a hole before \${event.seq}\`);\n      cursor = event.seq;\n      yield event;\n    }\n    if (events.length === 0) await log.changed(cursor); // wakes at the next commit\n  }\n}\n\`\`\`\n`,
  () =>
    "Three things follow from it. The reader may close at any time, since it holds no state of its own; the writer never waits for a reader; and two readers of one session see the same bytes in the same order, whatever happens to their connections.\n",
  (n) =>
    `| measure | before | after |\n|:--|--:|--:|\n| commits per second | ${n * 31} | ${n * 57} |\n| **p99** latency (ms) | 41.2 | 23.${n % 10} |\n| bytes per event | 240 | 181 |\n`,
  (n) =>
    `\`\`\`python\nfrom dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Lease${n}:\n    holder: str\n    term: int = ${n}\n\n    def newer_than(self, other: "Lease${n} | None") -> bool:\n        """A lease wins by its term alone."""\n        return other is None or self.term > other.term\n\`\`\`\n`,
  () => "1. Take the lease.\n2. Write the session's first event.\n3. Answer the caller; only then ask the model.\n",
  () => "> A log is the simplest thing that can be both the truth and the transport.\n",
  (n) =>
    `\`\`\`bash\n# watch the head move\ncurl -s "http://127.0.0.1:8000/api/v1/sessions/$ID/events?after=${n}" | jq -r '.[].type' | sort | uniq -c\n\`\`\`\n`,
  (n) =>
    `With $n = ${n}$ readers the cost is $O(n \\cdot k)$, where $k$ is the number of events in a slice, so a slice of ten is cheaper than ten slices of one. In practice that is what the ~~timer~~ group commit does.\n`,
];

/** An answer of about `bytes` characters as models write them: words, lists, tables, and code in a third of it. */
export function answer(bytes: number): string {
  let text = "# The answer\n\n";
  for (let n = 0; text.length < bytes - LAST_WORDS.length; n++) text += `${PARTS[n % PARTS.length]!(n)}\n`;
  return `${text}${LAST_WORDS}`;
}
