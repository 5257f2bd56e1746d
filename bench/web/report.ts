import type { ApplicationMeasures } from "./application.ts";
import { type Measures, quantile } from "./measures.ts";

interface Row {
  readonly words: string;
  readonly value: (measures: Measures, plain: Plain) => number;
  readonly goal?: number;
}

/** What the others are held against. */
type Plain = Readonly<Record<"floor" | "paragraphs", Measures>>;

const ROWS: readonly Row[] = [
  { words: "main thread, ms per second of streaming", value: ({ busy }) => busy },
  { words: "÷ floor", value: ({ busy }, { floor }) => busy / floor.busy, goal: 2.2 },
  { words: "÷ paragraphs", value: ({ busy }, { paragraphs }) => busy / paragraphs.busy },
  { words: "cost per KB, first tenth (ms)", value: ({ perKbFirst }) => perKbFirst },
  { words: "cost per KB, last tenth (ms)", value: ({ perKbLast }) => perKbLast },
  { words: "last tenth ÷ first", value: ({ perKbFirst, perKbLast }) => perKbLast / perKbFirst, goal: 1.2 },
  { words: "work per frame, p50 (ms)", value: ({ frameP50 }) => frameP50, goal: 4.5 },
  { words: "work per frame, p95 (ms)", value: ({ frameP95 }) => frameP95, goal: 8 },
  { words: "longest task (ms)", value: ({ longestTask }) => longestTask, goal: 50 },
  { words: "dropped frames", value: ({ dropped }) => dropped, goal: 2 },
  { words: "last words on the screen after (ms)", value: ({ lastWords }) => lastWords, goal: 33 },
  { words: "… frames that began until then", value: ({ lastFrames }) => lastFrames, goal: 2 },
  { words: "… work of the main thread until then (ms)", value: ({ lastWork }) => lastWork },
  { words: "heap after a collection (MB)", value: ({ heapMb }) => heapMb, goal: 40 },
];

/** Medians of the rounds, as a Markdown table. */
export function table(
  results: ReadonlyMap<string, readonly Measures[]>,
  { kb, rate, load }: { kb: number; rate: number; load: number },
): string {
  const names = [...results.keys()];
  const medians = new Map([...results].map(([name, rounds]) => [name, median(rounds)] as const));
  const first = medians.get(names[0]!)!;
  const plain = { floor: medians.get("floor") ?? first, paragraphs: medians.get("paragraphs") ?? first };
  const lines = ROWS.map(({ words, value, goal }) => {
    const cells = names.map((name) => shown(value(medians.get(name)!, plain)));
    const ours = medians.get("millrace");
    const met = goal === undefined || ours === undefined ? "" : value(ours, plain) <= goal ? "met" : "**missed**";
    return `| ${[words, ...cells, goal === undefined ? "" : `≤ ${goal}: ${met}`].join(" | ")} |`;
  });
  return [
    `${kb} KB, ${rate} chunks/s of four characters; load of the machine at the end ${load.toFixed(1)}.`,
    "",
    `| | ${names.join(" | ")} | goal |`,
    `| --- |${names.map(() => " --: |").join("")} --- |`,
    ...lines,
  ].join("\n");
}

const APPLICATION: readonly { words: string; key: keyof ApplicationMeasures; goal?: number }[] = [
  { words: "open 2,000 messages: their end on the screen after (ms)", key: "openMs", goal: 500 },
  { words: "… work of the main thread until then (ms)", key: "openWork" },
  { words: "… with all that follows (ms)", key: "openWorkInAll" },
  { words: "… longest task (ms)", key: "openLongestTask", goal: 50 },
  { words: "20 conversations opened and left: heap grown by (MB)", key: "twentyMb", goal: 2 },
  { words: "… DOM nodes grown by", key: "twentyNodes", goal: 500 },
  { words: "10 answers of 100 KB opened and left: heap grown by (MB)", key: "bigMb", goal: 2 },
  { words: "… DOM nodes grown by", key: "bigNodes", goal: 500 },
];

/** The interface's own rows, as a Markdown table. */
export function applicationTable(measures: ApplicationMeasures): string {
  const lines = APPLICATION.map(({ words, key, goal }) => {
    const value = measures[key];
    return `| ${words} | ${shown(value)} | ${goal === undefined ? "" : `≤ ${goal}: ${value <= goal ? "met" : "**missed**"}`} |`;
  });
  return ["| the interface, in front of a gateway | | goal |", "| --- | --: | --- |", ...lines].join("\n");
}

function median(rounds: readonly Measures[]): Measures {
  const keys = Object.keys(rounds[0]!) as (keyof Measures)[];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      quantile(
        rounds.map((round) => round[key]),
        0.5,
      ),
    ]),
  ) as unknown as Measures;
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
